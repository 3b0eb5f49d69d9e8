"""Playlists, scripts, manifests and reference files named ``.mp4``: nothing they name is opened or called.

Every kind goes through every agent, under every level this machine has. At the level ``limits`` files stay open and
the whitelists stand alone. What would have been reached is watched from outside: opens of the file by inotify,
connections by a listener.
"""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from agents.codec import to_data
from agents.media.ffmpeg import ffmpeg_binary
from agents.types import PlanSettings
from app.core.settings import Settings
from pipeline import child
from pipeline.child import run_child
from pipeline.processes import wait_until
from pipeline.sandbox.confined import Level
from pipeline.sandbox.level import STRONGEST_FIRST, available
from pipeline.sandbox.self_test import self_test
from tests.conftest import ROOT
from tests.hostile_media import CANARY, FOLLOWED, HARMLESS, Target, hostile_files, sound
from tests.pipeline.watched import Watched, watched

pytestmark = pytest.mark.media
REFUSALS = {"unsupported_media", "corrupt_media", "no_audio", "no_video", "invalid_captions", "render_failed"}
CAPTIONS = {"webvtt", "subrip"}
"""Real caption files: as such they may be read. A path or an address in them stays text."""
CLIP = {
    "rank": 1,
    "title": "A piece",
    "summary": "",
    "start_s": 0.0,
    "end_s": 1.0,
    "score": 1.0,
    "keep": [{"start_s": 0.0, "end_s": 1.0}],
    "score_parts": {},
    "reasons": [],
    "layout": [],
}
VARIANTS: dict[str, tuple[str, dict[str, Any]]] = {
    "probe": ("probe", {}),
    "silence": ("silence", {}),
    "layout": ("layout", {}),
    "speech": ("transcript", {"backend": "pocketsphinx"}),
    "subtitle track": ("transcript", {"backend": "captions"}),
    "caption file": ("transcript", {"backend": "captions", "captions": "the same"}),
    "compile": ("compile", {"clip": CLIP, "settings": to_data(PlanSettings()), "out_dir": "."}),
}
EACH = """
import importlib, json, pathlib, sys
from agents import confinement
confinement.enter_from_environment()
from agents.codec import from_data, to_data
from agents.errors import AgentError
from agents.registry import AGENTS

asked = json.loads(pathlib.Path(sys.argv[1]).read_text())
spec, found = AGENTS[asked["agent"]], {}
run = getattr(importlib.import_module(spec.module), spec.function)
for number, media in enumerate(asked["media"]):
    given = {**asked["given"], "media": media}
    if given.get("captions") == "the same":
        given["captions"] = media
    try:
        found[pathlib.Path(media).stem] = {"result": to_data(run(from_data(spec.request, given), lambda *_: None))}
    except AgentError as error:
        found[pathlib.Path(media).stem] = {"error": {"code": error.code, "message": str(error)}}
    print(json.dumps({"progress": (number + 1) / len(asked["media"]), "message": media}), flush=True)
pathlib.Path("result.json").write_text(json.dumps({"result": {"found": found}}))
"""

TRUSTING = EACH.replace(
    "asked =",
    """
import agents.media.ffmpeg, agents.media.probe
for module in (agents.media.ffmpeg, agents.media.probe):
    module.DEMUXERS += ",hls,concat,dash"
    module.PROTOCOLS = "file,http,tcp,crypto,data"
asked =""",
    1,
)
"""The same with whitelists that let everything through."""


@dataclass(frozen=True)
class Several:
    """One agent on many files in one child: the sandbox opens what ``media`` names."""

    agent: str
    media: tuple[str, ...]
    given: dict[str, Any]


@dataclass(frozen=True)
class Answers:
    found: dict[str, dict[str, Any]]


@pytest.fixture(params=STRONGEST_FIRST)
def level(request: pytest.FixtureRequest, tmp_path: Path) -> Level:
    wanted: Level = request.param
    if not available(wanted) or self_test(wanted, settings(wanted, tmp_path)).problems:
        pytest.skip(f"{wanted} is not usable on this machine")
    return wanted


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[Watched]:
    """What the files name lies right beside them, for everybody to read."""
    folder = tmp_path / "recordings"
    folder.mkdir()
    content = sound(tmp_path / "sound.wav").read_bytes()
    assert CANARY.encode() in content
    with watched(folder, content) as one:
        one.file.chmod(0o644)
        yield one


@pytest.fixture
def kinds(outside: Watched) -> dict[str, Path]:
    """Every kind as a file."""
    target = Target(outside.file, f"127.0.0.1:{outside.port}")
    written = {}
    for kind, content in hostile_files(target).items():
        written[kind] = outside.file.with_name(f"{kind}.mp4")
        written[kind].write_bytes(content)
    return written


def settings(level: str, tmp_path: Path) -> Settings:
    return Settings.model_validate({"data_dir": tmp_path / "data", "sandbox": level})


def texts_under(folder: Path) -> bytes:
    """All that was written there."""
    return b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())


def ask(variant: str, kinds: dict[str, Path], level: Level, tmp_path: Path) -> dict[str, dict[str, Any]]:
    """How the agent answers to each of ``kinds``, worked on under ``tmp_path / "work"``."""
    agent, given = VARIANTS[variant]
    workspace = tmp_path / "work"
    workspace.mkdir()
    return run_child(
        agent,
        Several(agent, tuple(map(str, kinds.values())), given),
        Answers,
        workspace=workspace,
        settings=settings(level, tmp_path),
        report=lambda _fraction, _message: None,
        stop=threading.Event(),
        limit_s=300,
    ).found


def play(script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run ``script`` in the place of an agent's entry point."""
    command = [sys.executable, "-P", "-c", script]
    monkeypatch.setattr(child, "child_command", lambda _agent, request: [*command, str(request)])


@pytest.mark.parametrize("variant", list(VARIANTS))
def test_no_agent_follows_any_of_them(
    level: Level,
    variant: str,
    outside: Watched,
    kinds: dict[str, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    play(EACH, monkeypatch)
    answers = ask(variant, kinds, level, tmp_path)
    assert outside.touched() == 0
    assert CANARY not in json.dumps(answers)
    assert CANARY.encode() not in texts_under(tmp_path / "work")
    allowed = CAPTIONS if variant == "caption file" else HARMLESS
    assert {kind for kind, answer in answers.items() if "result" in answer} <= allowed
    errors = {kind: answer["error"] for kind, answer in answers.items() if "error" in answer}
    assert len(errors) + len(allowed) >= len(kinds)
    assert {kind: error for kind, error in errors.items() if error["code"] not in REFUSALS} == {}
    for error in errors.values():
        assert error["message"].endswith(".")
        assert str(outside.file.parent) not in error["message"]
        assert " @ 0x" not in error["message"]


@pytest.mark.parametrize("variant", ["probe", "silence"])
def test_without_the_whitelists_the_sandbox_holds_where_it_closes_files(
    level: Level,
    variant: str,
    outside: Watched,
    kinds: dict[str, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each of the two alone is enough, but at the level ``limits``: there the whitelists are what holds."""
    play(TRUSTING, monkeypatch)
    answers = ask(variant, kinds, level, tmp_path)
    assert (outside.touched() > 0) is (level == "limits")
    if level != "limits":
        assert CANARY not in json.dumps(answers)


@pytest.mark.parametrize("kind", list(FOLLOWED))
def test_a_trusting_ffmpeg_does_follow_them(kind: str, outside: Watched, kinds: dict[str, Path]) -> None:
    """So the files are real attacks, and the watch notices."""
    protocols = ("-protocol_whitelist", "file,http,tcp,crypto,data")
    command = [ffmpeg_binary(), "-v", "error", "-nostdin", *protocols, *FOLLOWED[kind], "-i", str(kinds[kind])]
    seen = 0
    with subprocess.Popen([*command, "-f", "null", "-"], stdout=-3, stderr=-3) as process:

        def noticed() -> bool:
            nonlocal seen
            seen += outside.touched()
            return seen > 0

        found = wait_until(noticed, within_s=20)
        with suppress(ProcessLookupError):
            process.kill()
    assert found


COMMANDS: dict[str, tuple[str, ...]] = {
    "silence": ("silence", "{file}", "--json"),
    "transcribe": ("transcribe", "{file}", "--transcribers", "captions,pocketsphinx", "--json"),
    "transcribe --captions": ("transcribe", "{good}", "--captions", "{file}", "--transcribers", "captions", "--json"),
    "layout": ("layout", "{file}", "--json"),
    "analyze": ("analyze", "{file}", "--json"),
    "analyze --video": ("analyze", "{words}", "--video", "{file}", "--json"),
    "cut": ("cut", "{file}", "--plan", "{plan}", "--out", "{out}", "--json"),
    "cut --plan": ("cut", "{good}", "--plan", "{file}", "--out", "{out}", "--json"),
}
SHOWN = {"hls_byte_ranges": "limits", "ffconcat_http": "limits", "dash_all": "auto", "xbin": "limits"}
"""Kinds, and the level of the sandbox they are tried under: ``auto`` is this machine's strongest."""


@pytest.mark.parametrize("command", list(COMMANDS))
def test_no_command_follows_them(command: str, outside: Watched, kinds: dict[str, Path], tmp_path: Path) -> None:
    """The real program: exit code 1 or 2, one sentence, and nothing of what was named."""
    files = {name: tmp_path / name for name in ("plan", "out", "words", "good")}
    files["plan"].write_text(json.dumps({"source": str(outside.file), "clips": [CLIP], "rejected": [], "settings": {}}))
    files["words"].write_text("WEBVTT\n\n00:00.000 --> 00:09.000\nA limit is a value.\n")
    files["good"] = ROOT / "examples" / "lecture.mp4"
    program = [sys.executable, "-m", "pipeline.cli"]
    environment = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(tmp_path),
        "LECTERN_DATA_DIR": str(tmp_path / "data"),
    }

    def run(kind: str) -> subprocess.CompletedProcess[str]:
        words = [word.format(file=kinds[kind], **files) for word in COMMANDS[command]]
        chosen = environment | {"LECTERN_SANDBOX": SHOWN[kind]}
        return subprocess.run([*program, *words], capture_output=True, text=True, timeout=120, check=False, env=chosen)

    with ThreadPoolExecutor(2) as pool:
        for kind, done in zip(SHOWN, pool.map(run, SHOWN), strict=True):
            assert done.returncode in (1, 2), (kind, done.stdout, done.stderr)
            assert done.stdout == ""
            assert "Traceback" not in done.stderr
            assert done.stderr.strip().splitlines()[-1].endswith("."), (kind, done.stderr)
            assert CANARY not in done.stderr
    assert outside.touched() == 0
    assert not files["out"].exists() or CANARY.encode() not in texts_under(files["out"])
