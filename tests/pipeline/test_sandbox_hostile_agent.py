"""A child that tries to get out, under every level this machine has."""

import json
import os
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from agents.confinement import landlock
from agents.types import MediaInfo, ProbeRequest
from app.core.settings import Settings
from pipeline import child, processes
from pipeline.child import ChildFailed, run_child
from pipeline.sandbox.confined import Level
from pipeline.sandbox.crowd import threads_of_group
from pipeline.sandbox.level import STRONGEST_FIRST, available
from pipeline.sandbox.self_test import self_test
from tests.pipeline.watched import Watched, watched

INFO = {"duration_s": 1.0, "format": "wav", "video": None, "audio": None, "subtitle_indexes": [], "warnings": []}
PREAMBLE = """
import json, os, pathlib, socket, subprocess, sys
from agents import confinement
confinement.enter_from_environment()
"""
ATTEMPT = (
    PREAMBLE
    + """
def possible(attempt):
    try:
        attempt()
    except (OSError, subprocess.CalledProcessError):
        return False
    return True

names = {name: possible(lambda: eval(code)) for name, code in json.loads(%r).items()}
pathlib.Path("result.json").write_text(json.dumps({"result": {**json.loads(%r), "format": json.dumps(names)}}))
"""
)


@pytest.fixture(params=STRONGEST_FIRST)
def level(request: pytest.FixtureRequest, tmp_path: Path) -> Level:
    """Every level; those this machine lacks are left out and named."""
    wanted: Level = request.param
    if not available(wanted):
        pytest.skip(f"{wanted} is not on this machine")
    finding = self_test(wanted, settings(wanted, tmp_path))
    if any("does not start" in problem for problem in finding.problems):
        pytest.skip(f"{wanted} does not start here: {finding.problems}")
    assert finding.problems == ()
    return wanted


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[Watched]:
    folder = tmp_path / "data"
    folder.mkdir()
    with watched(folder, b"secret") as one:
        yield one


def settings(level: Level, tmp_path: Path, **more: object) -> Settings:
    return Settings.model_validate({"data_dir": tmp_path / "data", "sandbox": level, **more})


def play(script: str, media: Path, monkeypatch: pytest.MonkeyPatch, chosen: Settings) -> MediaInfo:
    """Run ``script`` as the agent ``probe`` on ``media``, with ``media.parent / work`` as its workspace."""
    monkeypatch.setattr(child, "child_command", lambda _agent, _request: [sys.executable, "-P", "-c", script])
    workspace = media.parent / "work"
    workspace.mkdir(exist_ok=True)
    return run_child(
        "probe",
        ProbeRequest(str(media)),
        MediaInfo,
        workspace=workspace,
        settings=chosen,
        report=lambda _fraction, _message: None,
        stop=threading.Event(),
    )


def attempts(codes: dict[str, str], media: Path, monkeypatch: pytest.MonkeyPatch, chosen: Settings) -> dict[str, bool]:
    """Which of the expressions raised no OSError."""
    info = play(ATTEMPT % (json.dumps(codes), json.dumps(INFO)), media, monkeypatch, chosen)
    found: dict[str, bool] = json.loads(info.format)
    return found


def test_nothing_outside_is_read_written_or_reached(
    level: Level, outside: Watched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    media = tmp_path / "in" / "media"
    media.parent.mkdir()
    media.write_text("given")
    beside = media.with_name("beside")
    beside.write_text("another's")
    filtered = {
        "tcp": f"socket.create_connection(('127.0.0.1', {outside.port}), 2)",
        "unix": f"socket.socket(socket.AF_UNIX).connect({str(outside.local_path)!r})",
        "session": "os.setsid()",
        "link": "os.symlink('/etc/passwd', 'link')",
        "pipe": "os.mkfifo('pipe')",
        "namespace": "os.unshare(0x10000000) if hasattr(os, 'unshare') else os.setpgid(0, 0)",
    }
    closed = {
        "secret": f"open({str(outside.file)!r}).read()",
        "secret by a program": f"subprocess.check_output(['cat', {str(outside.file)!r}], stderr=-3)",
        "beside": f"open({str(beside)!r}).read()",
        "shadow": "open('/etc/shadow').read()",
        "list": f"os.listdir({str(outside.file.parent)!r})",
        "write": f"open({str(outside.file.with_name('new'))!r}, 'w')",
        "delete": f"os.unlink({str(outside.file)!r})",
        "overwrite the input": f"open({str(media)!r}, 'r+').write('mine')",
        "temporary": "open('/tmp/lectern-hostile', 'w')",
        "system": "open('/usr/lectern-hostile', 'w')",
    }
    if level == "bubblewrap" or landlock.version() >= 6:
        closed["signal the supervisor"] = f"os.kill({os.getpid()}, 0)"
    works = {"input": f"open({str(media)!r}).read()", "desk": "open('mine', 'w').write('x')"}
    if level == "limits":  # files stay open there, which also shows that the attempts are real ones
        closed = {}
        works["beside"] = f"open({str(beside)!r}).read()"
    codes = {**filtered, **closed, **works}
    found = attempts(codes, media, monkeypatch, settings(level, tmp_path))
    assert {name for name, possible in found.items() if possible} == set(works)
    assert outside.touched() == 0
    outside.file.read_bytes()
    assert outside.touched() > 0, "the watch notices"
    assert media.read_text() == "given"


def test_an_original_linked_into_the_workspace_cannot_be_changed(
    level: Level, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if level == "limits":
        pytest.skip("the level limits does not close files")
    stored = tmp_path / "stored"
    stored.write_text("original")
    media = tmp_path / "work" / "source.mp4"
    media.parent.mkdir()
    media.hardlink_to(stored)
    codes = {
        "read": f"open({str(media)!r}).read()",
        "write": f"open({str(media)!r}, 'r+').write('x')",
        "truncate": f"os.truncate({str(media)!r}, 0)",
        "replace": f"os.replace('mine', {str(media)!r}) if open('mine', 'w') else 0",
        "link": f"os.link({str(media)!r}, 'same') or open('same', 'r+').write('x')",
    }
    script = ATTEMPT % (json.dumps(codes), json.dumps(INFO))
    monkeypatch.setattr(child, "child_command", lambda _agent, _request: [sys.executable, "-P", "-c", script])
    info = run_child(
        "probe",
        ProbeRequest(str(media)),
        MediaInfo,
        workspace=media.parent,
        settings=settings(level, tmp_path),
        report=lambda _fraction, _message: None,
        stop=threading.Event(),
    )
    assert [name for name, possible in json.loads(info.format).items() if possible] == ["read"]
    assert (stored.read_text(), media.read_text()) == ("original", "original")


def test_a_file_over_the_limit_ends_the_step(level: Level, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = PREAMBLE + "open('big', 'wb').truncate(10 << 30)"
    chosen = settings(level, tmp_path, agent_file_bytes=1 << 20)
    with pytest.raises(ChildFailed, match=r"SIGXFSZ|exit code 1") as raised:
        play(script, tmp_path / "media", monkeypatch, chosen)
    assert raised.value.code == "agent_crashed"
    assert (tmp_path / "work" / "big").stat().st_size <= 1 << 20


@pytest.mark.parametrize("shared", [False, True])
def test_a_memory_bomb_ends_as_a_failure(
    level: Level, shared: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flags = "mmap.MAP_SHARED" if shared else "mmap.MAP_PRIVATE"
    script = PREAMBLE + f"import mmap; held = [mmap.mmap(-1, 64 << 20, flags={flags}) for _ in range(1000)]"
    chosen = settings(level, tmp_path, agent_memory_bytes=256 << 20)
    with pytest.raises(ChildFailed) as raised:
        play(script, tmp_path / "media", monkeypatch, chosen)
    assert raised.value.code == "agent_crashed"
    assert "Cannot allocate memory" in (tmp_path / "work" / "stderr.log").read_text()


def test_a_fork_bomb_is_ended_whole(level: Level, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bounded at 3,000 processes should the limit fail."""
    script = (
        PREAMBLE
        + """
import time
for _ in range(3000):
    try:
        if os.fork() == 0:
            time.sleep(60)
            os._exit(0)
    except OSError:
        raise SystemExit(7)
time.sleep(20)
"""
    )
    groups: list[int] = []
    original = processes.kill_group

    def note_and_kill(group: int) -> None:
        groups.append(group)
        original(group)

    monkeypatch.setattr(child, "kill_group", note_and_kill)
    started_s = time.monotonic()
    with pytest.raises(ChildFailed) as raised:
        play(script, tmp_path / "media", monkeypatch, settings(level, tmp_path))
    assert raised.value.code in {"too_many_processes", "agent_crashed"}
    assert time.monotonic() - started_s < 15
    assert groups
    deadline_s = time.monotonic() + 5
    while threads_of_group(groups[0]) and time.monotonic() < deadline_s:
        time.sleep(0.05)
    assert threads_of_group(groups[0]) == 0
