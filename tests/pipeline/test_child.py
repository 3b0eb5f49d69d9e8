"""Children that work, fail, crash, hang, chatter, and outlive nobody."""

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from uuid import uuid4

import psutil
import pytest

from agents.types import MediaInfo, ProbeRequest
from app.core.settings import Settings
from pipeline import child
from pipeline.child import ChildFailed, ChildStopped, run_child
from pipeline.processes import wait_until

INFO = {"duration_s": 1.0, "format": "wav", "video": None, "audio": None, "subtitle_indexes": [], "warnings": []}


def play(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    script: str,
    *,
    stop: threading.Event | None = None,
    limits: dict[str, float] | None = None,
) -> tuple[MediaInfo, list[tuple[float, str]]]:
    """Run ``script`` in the place of an agent."""
    monkeypatch.setattr(child, "child_command", lambda _agent, request: [sys.executable, "-c", script, str(request)])
    seen: list[tuple[float, str]] = []
    info = run_child(
        "probe",
        ProbeRequest("x"),
        MediaInfo,
        workspace=tmp_path,
        settings=Settings.model_validate({"data_dir": tmp_path, **(limits or {})}),
        report=lambda fraction, message: seen.append((fraction, message)),
        stop=stop or threading.Event(),
    )
    return info, seen


def test_a_result_and_the_progress_on_the_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = f"""
import json, pathlib
print("a library says hello")
print(json.dumps({{"progress": 0.5, "message": "half"}}), flush=True)
print(json.dumps({{"progress": 0.2, "message": "back"}}), flush=True)
pathlib.Path("result.json").write_text(json.dumps({{"result": {INFO!r}}}).replace("None", "null"))
"""
    info, seen = play(tmp_path, monkeypatch, script)
    assert info.format == "wav"
    assert seen == [(0.5, "half"), (0.5, "back")], "progress never goes back"


def test_a_typed_error_keeps_its_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    error = {"error": {"code": "no_audio", "message": "There is no sound.", "retryable": True}}
    script = f"import pathlib; pathlib.Path('result.json').write_text({json.dumps(error)!r})"
    with pytest.raises(ChildFailed, match="no sound") as raised:
        play(tmp_path, monkeypatch, script)
    assert (raised.value.code, raised.value.retryable) == ("no_audio", True)


@pytest.mark.parametrize(
    ("script", "sentence", "retryable"),
    [
        ("import os; os.kill(os.getpid(), 9)", "memory", True),
        ("import os; os.kill(os.getpid(), 11)", "SIGSEGV", True),
        ("import os; os.kill(os.getpid(), 24)", "SIGXCPU", False),
        ("raise SystemExit(3)", "exit code 3", False),
        (
            'import pathlib; pathlib.Path(\'result.json\').write_text(\'{"result": {"duration_s": "x"}}\')',
            "read",
            False,
        ),
    ],
)
def test_a_crash_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, sentence: str, retryable: bool
) -> None:
    """One that a signal ended may be tried again; a limit that was reached will be reached again."""
    with pytest.raises(ChildFailed, match=sentence) as raised:
        play(tmp_path, monkeypatch, script)
    assert (raised.value.code, raised.value.retryable) == ("agent_crashed", retryable)


@pytest.mark.parametrize(
    ("limits", "code"),
    [({"step_timeout_s": 3}, "step_timeout"), ({"stall_timeout_s": 3}, "step_stalled")],
)
def test_a_hang_ends_with_its_whole_group(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limits: dict[str, float], code: str
) -> None:
    mark = uuid4().hex  # process numbers mean nothing across a namespace
    script = f"""
import pathlib, subprocess, sys, time
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)", "{mark}"])
pathlib.Path("started").touch()
while True:
    print('{{"progress": 0, "message": "busy"}}', flush=True)
    time.sleep(0.05)
"""
    with pytest.raises(ChildFailed) as raised:
        play(tmp_path, monkeypatch, script, limits=limits)
    assert raised.value.code == code
    assert (tmp_path / "started").exists()
    assert wait_until(lambda: not running_with(mark), within_s=5)


def test_a_stop_ends_it_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stop = threading.Event()
    threading.Timer(0.3, stop.set).start()
    started_s = time.monotonic()
    with pytest.raises(ChildStopped):
        play(tmp_path, monkeypatch, "import time; time.sleep(600)", stop=stop)
    assert time.monotonic() - started_s < 5


def test_the_child_sees_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "AWS_SECRET_ACCESS_KEY", "GEMINI_API_KEY", "LECTERN_SECRET_KEY"):
        monkeypatch.setenv(name, "canary-3141")
    script = f"""
import json, os, pathlib
pathlib.Path("environment").write_text(json.dumps(dict(os.environ)))
pathlib.Path("result.json").write_text('{json.dumps({"result": INFO})}')
"""
    play(tmp_path, monkeypatch, script)
    assert "canary" not in (tmp_path / "environment").read_text()


def test_an_agent_ends_when_its_supervisor_is_gone(tmp_path: Path) -> None:
    """The real entry point, reading a request from a pipe that nobody fills; only its standard input tells it."""
    os.mkfifo(tmp_path / "request.json")
    process = subprocess.Popen(
        [sys.executable, "-m", "agents", "probe", str(tmp_path / "request.json")],
        stdin=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdin is not None
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(1.5)
    process.stdin.close()
    assert process.wait(5) != 0


def running_with(mark: str) -> list[int]:
    """Processes whose command line holds ``mark``, seen from outside; the dead have no command line."""
    return [p.pid for p in psutil.process_iter(["cmdline"]) if mark in " ".join(p.info["cmdline"] or ())]
