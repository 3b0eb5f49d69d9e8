"""Processes that hold secrets leave no memory behind, and show it to nobody."""

import json
import os
import resource
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from agents.types import MediaInfo, ProbeRequest
from app.core.settings import Settings
from pipeline import child
from pipeline.child import run_child
from pipeline.processes import start_service, wait_until

PRIVATE = "from pipeline.processes import keep_memory_private; keep_memory_private()\n"
UNLIMITED = "import os, resource; resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY,) * 2)\n"
INFO = {"duration_s": 1.0, "video": None, "audio": None}


def aborted_with_a_core(script: str, folder: Path) -> bool:
    """Whether the kernel says that it dumped the memory of a process that aborts after ``script``."""
    process = subprocess.Popen([sys.executable, "-c", f"{script}os.abort()"], cwd=folder, stderr=subprocess.DEVNULL)
    _pid, status = os.waitpid(process.pid, 0)
    process.returncode = 0  # waited for already
    assert os.WTERMSIG(status) == signal.SIGABRT
    return os.WCOREDUMP(status)


def test_no_core_is_dumped(tmp_path: Path) -> None:
    if resource.getrlimit(resource.RLIMIT_CORE)[1] != resource.RLIM_INFINITY:
        pytest.skip("this machine forbids core dumps anyway")
    if not aborted_with_a_core(UNLIMITED, tmp_path):
        pytest.skip("this machine writes no core dumps")
    for left_over in tmp_path.iterdir():
        left_over.unlink()
    assert not aborted_with_a_core(UNLIMITED + PRIVATE, tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_its_environment_is_for_root_only() -> None:
    """What the kernel makes of a process that is not dumpable; root sees all."""
    script = PRIVATE + "import os; print(os.stat('/proc/self/environ').st_uid, os.geteuid(), flush=True)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    owner, me = done.stdout.split()
    assert owner == "0"
    script = "import ctypes;" + PRIVATE + "print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "0", me


def test_services_are_started_without_cores(tmp_path: Path) -> None:
    log = tmp_path / "log"
    script = "import resource; print(resource.getrlimit(resource.RLIMIT_CORE))"
    process = start_service([sys.executable, "-c", script], env=dict(os.environ), log=log)
    assert wait_until(lambda: process.poll() is not None, within_s=30)
    assert log.read_text().strip() == "(0, 0)"


def test_agents_have_no_cores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = f"""
import json, pathlib, resource
from agents import confinement
confinement.enter_from_environment()
info = dict(json.loads({json.dumps(INFO)!r}), format=str(resource.getrlimit(resource.RLIMIT_CORE)))
pathlib.Path("result.json").write_text(json.dumps({{"result": info}}))
"""
    monkeypatch.setattr(child, "child_command", lambda _agent, _request: [sys.executable, "-P", "-c", script])
    info = run_child(
        "probe",
        ProbeRequest("x"),
        MediaInfo,
        workspace=tmp_path,
        settings=Settings(data_dir=tmp_path),
        report=lambda _fraction, _message: None,
        stop=threading.Event(),
    )
    assert info.format == "(0, 0)"


@pytest.mark.parametrize("module", ["pipeline.cli", "pipeline.api_server", "pipeline.celery_app"])
def test_every_process_of_the_service_asks_for_it(module: str) -> None:
    """The worker at Celery's first signal, the others before they read a setting."""
    script = f"""
import sys, pipeline.processes
pipeline.processes.keep_memory_private = lambda: sys.exit(7)
import {module} as module
if hasattr(module, "celery"):
    from celery.signals import celeryd_init
    celeryd_init.send(sender="worker", instance=None, conf=None, options=None)
elif module.__name__ == "pipeline.cli":
    module.main()
else:
    module.main(-1)
"""
    environment = {"PATH": os.environ["PATH"], "LECTERN_DATA_DIR": "/nonexistent", "HOME": "/nonexistent"}
    done = subprocess.run([sys.executable, "-c", script], check=False, env=environment, capture_output=True)
    assert done.returncode == 7, done.stderr
