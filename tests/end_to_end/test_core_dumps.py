"""The processes of a running service dump no core: what the kernel says of them."""

import os
import sys
from pathlib import Path

import psutil
import pytest

from pipeline.stack import Stack

pytestmark = [
    pytest.mark.stack,
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc"),
]


def test_no_process_of_the_service_dumps_a_core(embedded: Stack) -> None:
    assert embedded.api_pid is not None
    assert embedded.worker_pid is not None
    database = [p.pid for p in psutil.Process(os.getpid()).children(recursive=True) if "postgres" in p.name()]
    assert database
    for process in (embedded.api_pid, embedded.worker_pid, *database):
        limits = Path(f"/proc/{process}/limits").read_text("ascii").splitlines()
        (core,) = [line.split()[4:6] for line in limits if line.startswith("Max core file size")]
        assert core == ["0", "0"], process
