"""Recordings that refer to other files and hosts, and every agent at work, under every level this machine has."""

import json
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from agents.media.ffmpeg import ffmpeg_binary
from agents.types import (
    ClipLayout,
    CompileRequest,
    LayoutRequest,
    LayoutTimeline,
    MediaInfo,
    PlannedClip,
    PlanSettings,
    RenderedClip,
    SilenceRequest,
    SilenceResult,
    TimeRange,
    Transcript,
    TranscriptRequest,
)
from app.core.settings import Settings
from pipeline import child
from pipeline.child import ChildFailed, run_child
from pipeline.sandbox.confined import Level
from pipeline.sandbox.level import STRONGEST_FIRST, available
from pipeline.sandbox.self_test import self_test
from tests.conftest import ROOT
from tests.media_factory import make_media
from tests.pipeline.watched import Watched, watched

pytestmark = pytest.mark.media
T = TypeVar("T")
EXAMPLE = ROOT / "examples" / "lecture.mp4"
CAPTIONS = ROOT / "examples" / "lecture.vtt"
CLIP = PlannedClip(
    rank=1,
    title="A piece",
    summary="",
    start_s=20.0,
    end_s=22.0,
    keep=(TimeRange(20.0, 22.0),),
    score=1.0,
    score_parts={},
    reasons=(),
    layout=(ClipLayout(20.0, 22.0, "slides", "full", None, None),),
)
REFUSALS = {"unsupported_media", "corrupt_media"}
HOSTILE = {
    "hls": "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{target}\n#EXT-X-ENDLIST\n",
    "ffconcat": "ffconcat version 1.0\nfile '{target}'\n",
    "dash": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
    'mediaPresentationDuration="PT10S" profiles="urn:mpeg:dash:profile:isoff-on-demand:2011"><Period><AdaptationSet '
    'mimeType="audio/wav"><Representation id="1" bandwidth="1"><BaseURL>{target}</BaseURL></Representation>'
    "</AdaptationSet></Period></MPD>",
    "xbin": "XBIN\x1a\x50\x00\x19\x00\x10\x00 {target}",
}


@pytest.fixture(params=STRONGEST_FIRST)
def level(request: pytest.FixtureRequest, tmp_path: Path) -> Level:
    wanted: Level = request.param
    if not available(wanted) or self_test(wanted, settings(wanted, tmp_path)).problems:
        pytest.skip(f"{wanted} is not usable on this machine")
    return wanted


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[Watched]:
    folder = tmp_path / "data"
    folder.mkdir()
    sound = make_media(folder / "sound.wav", "-f", "lavfi", "-i", "sine=duration=2")
    with watched(folder, sound.read_bytes()) as one:
        yield one


def settings(level: str, tmp_path: Path) -> Settings:
    return Settings.model_validate({"data_dir": tmp_path / "data", "sandbox": level})


def call(agent: str, request: object, result: type[T], level: Level, tmp_path: Path) -> T:
    workspace = tmp_path / "work"
    workspace.mkdir(exist_ok=True)
    return run_child(
        agent,
        request,
        result,
        workspace=workspace,
        settings=settings(level, tmp_path),
        report=lambda _fraction, _message: None,
        stop=threading.Event(),
    )


def compile_request(media: Path, out_dir: Path) -> CompileRequest:
    return CompileRequest(str(media), CLIP, PlanSettings(), str(out_dir))


def hostile(kind: str, where: str, folder: Path, outside: Watched) -> Path:
    target = f"http://127.0.0.1:{outside.port}/a.wav" if where == "host" else str(outside.file)
    media = folder / f"{kind}.mp4"
    media.write_text(HOSTILE[kind].format(target=target))
    return media


@pytest.mark.parametrize(("kind", "where"), [("hls", "file"), ("ffconcat", "host"), ("dash", "host"), ("xbin", "file")])
def test_a_recording_that_refers_elsewhere_is_refused(kind: str, where: str, outside: Watched, tmp_path: Path) -> None:
    """By the agents' own entry point; ``test_hostile_media`` has many more kinds."""
    media = hostile(kind, where, tmp_path, outside)
    codes = set()
    for agent, request, result in (
        ("silence", SilenceRequest(str(media)), SilenceResult),
        ("layout", LayoutRequest(str(media)), LayoutTimeline),
        ("transcript", TranscriptRequest(str(media), "pocketsphinx"), Transcript),
        ("compile", compile_request(media, tmp_path / "out"), RenderedClip),
    ):
        with pytest.raises(ChildFailed) as raised:
            call(agent, request, result, "landlock" if available("landlock") else "limits", tmp_path)
        codes.add(raised.value.code)
    assert codes <= REFUSALS
    assert outside.touched() == 0


@pytest.mark.parametrize("kind", ["hls", "ffconcat"])
def test_ffmpeg_without_whitelists_still_reaches_nothing(
    level: Level, kind: str, outside: Watched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sandbox alone: FFmpeg is told to follow everything."""
    script = """
import subprocess, sys
from agents import confinement
confinement.enter_from_environment()
subprocess.run([*sys.argv[1:], "-f", "null", "-"], stdin=subprocess.DEVNULL, timeout=20)
"""
    media = [hostile(kind, where, folder, outside) for where, folder in _folders(tmp_path)]
    options = ["-f", "hls", "-extension_picky", "0", "-allowed_extensions", "ALL"]
    if kind == "ffconcat":
        options = ["-f", "concat", "-safe", "0"]
    for one in media:
        command = [sys.executable, "-P", "-c", script, ffmpeg_binary()]
        command += ["-v", "error", "-protocol_whitelist", "file,http,tcp,crypto,data", *options, "-i", str(one)]
        monkeypatch.setattr(child, "child_command", lambda _agent, _request, command=command: command)
        with pytest.raises(ChildFailed, match="exit code 0"):
            call("silence", SilenceRequest(str(one)), MediaInfo, level, tmp_path)
        if level != "limits":
            assert outside.touched() == 0
    if level == "limits":
        assert outside.touched() > 0, "the recording does refer to the file, which this level leaves open"


def _folders(tmp_path: Path) -> list[tuple[str, Path]]:
    found = []
    for where in ("file", "host"):
        (tmp_path / where).mkdir()
        found.append((where, tmp_path / where))
    return found


def test_every_agent_that_opens_media_works(level: Level, tmp_path: Path) -> None:
    words = call("transcript", TranscriptRequest(str(EXAMPLE), "captions", str(CAPTIONS)), Transcript, level, tmp_path)
    assert words.segments
    short = make_media(tmp_path / "short.wav", "-i", str(EXAMPLE), "-t", "4", "-ac", "1", "-ar", "16000")
    assert call("transcript", TranscriptRequest(str(short), "pocketsphinx"), Transcript, level, tmp_path).segments
    assert call("silence", SilenceRequest(str(EXAMPLE)), SilenceResult, level, tmp_path).regions
    brief = make_media(tmp_path / "brief.mp4", "-i", str(EXAMPLE), "-t", "12", "-c", "copy")
    assert call("layout", LayoutRequest(str(brief)), LayoutTimeline, level, tmp_path).spans
    out = tmp_path / "elsewhere" / "01"
    done = call("compile", compile_request(EXAMPLE, out), RenderedClip, level, tmp_path)
    assert {file.kind for file in done.files} >= {"video", "thumbnail"}
    assert all((out / file.path).stat().st_size > 0 for file in done.files)


def test_the_level_is_written_down_for_readiness(level: Level, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pipeline.sandbox import level as module  # noqa: PLC0415 - the name is the fixture's too

    monkeypatch.setattr(module, "_found", {})
    assert module.announce_level(settings(level, tmp_path)) == level
    document = json.loads(module.report_path(tmp_path / "data").read_text())
    assert document["level"] == level
    assert "open a socket" in document["refused"]
