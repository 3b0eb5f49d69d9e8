"""What confining an agent costs: `python -m agents probe` under each level beside the same call without."""

import os
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter

from agents.codec import to_json
from agents.types import ProbeRequest
from app.core.settings import Settings
from bench.table import Row
from pipeline.sandbox.confined import Level, confine
from pipeline.sandbox.environment import child_command, child_environment
from pipeline.sandbox.level import STRONGEST_FIRST, available
from pipeline.sandbox.paths import desk_for, grants_for
from pipeline.sandbox.self_test import self_test

EXAMPLE = Path(__file__).resolve().parents[1] / "examples" / "lecture.mp4"
TIMES = 15
TARGET_S = 0.015


def rows() -> list[Row]:
    """One row per level that works here. The calls take turns, so that a busy machine slows all of them alike."""
    with tempfile.TemporaryDirectory(prefix="lectern-bench-") as name:
        desk = Path(name)
        settings = Settings.model_validate({"data_dir": desk})
        request = ProbeRequest(str(EXAMPLE))
        (desk / "request.json").write_text(to_json(request), "utf-8")
        plain_command = child_command("probe", desk / "request.json")

        def plain() -> None:
            _run(plain_command, child_environment(settings, desk), desk)

        levels = [level for level in STRONGEST_FIRST if available(level) and not self_test(level, settings).problems]
        taken: dict[str, list[float]] = {"": [], **{level: [] for level in levels}}
        for _ in range(TIMES + 1):
            taken[""].append(_seconds(plain))
            for level in levels:

                def call(level: Level = level) -> None:
                    grants = grants_for(request, desk_for(request, desk), settings)
                    confined = confine(
                        level,
                        plain_command,
                        grants,
                        desk=desk,
                        settings=settings,
                        cores=os.cpu_count() or 1,
                    )
                    _run(confined.command, confined.environment, desk)

                taken[level].append(_seconds(call))
    medians = {level: median(seconds[1:]) for level, seconds in taken.items()}  # the first call warms the disk's cache
    return [_row(level, medians[level], medians[""]) for level in levels]


def _row(level: str, ours_s: float, plain_s: float) -> Row:
    cost_s = ours_s - plain_s
    return Row(
        f"an agent call under {level}",
        ours_s,
        "the same call without a sandbox",
        plain_s,
        plain_s / ours_s,
        target=f"<= {TARGET_S * 1e3:.0f} ms more",
        met=cost_s <= TARGET_S,
        note=f"{cost_s * 1e3:+.1f} ms a call",
    )


def _seconds(work: Callable[[], None]) -> float:
    start = perf_counter()
    work()
    return perf_counter() - start


def _run(command: list[str], environment: dict[str, str], desk: Path) -> None:
    with subprocess.Popen(
        command, cwd=desk, env=environment, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True
    ) as process:
        assert process.wait() == 0
