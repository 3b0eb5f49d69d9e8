"""What the processes weigh: the sum of proportional set sizes of the worker's tree, and the API by itself."""

from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest

from bench.memory import MIB, Scale
from pipeline.stack import Stack
from tests.end_to_end.gold import check_lecture
from tests.end_to_end.service import submit, wait

pytestmark = [pytest.mark.stack, pytest.mark.media]


def test_an_eight_minute_lecture_stays_within_its_memory(
    embedded: Stack, lectures: Path, record_property: Callable[[str, object], None]
) -> None:
    assert embedded.worker_pid is not None
    assert embedded.api_pid is not None
    worker, api = Scale(embedded.worker_pid), Scale(embedded.api_pid)
    worker.start()
    api.start()
    with httpx2.Client(base_url=embedded.url, timeout=60, trust_env=False) as http:
        job = wait(http, submit(http, lectures / "switching.mp4", caption_file=lectures / "switching.vtt", max_clips=3))
        worker_mib, api_mib = worker.stop() / MIB, api.stop() / MIB
        check_lecture(http, job, lectures / "switching.mp4")
    record_property("worker_tree_mib", round(worker_mib))
    record_property("api_mib", round(api_mib))
    assert worker_mib <= 800
    assert api_mib <= 200
