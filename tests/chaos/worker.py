"""The worker as it is, in a process that can be struck. ``--fast`` gives each stage a body that takes milliseconds.

The recipe, the claims, the leases, the files in the store and the rows are the product's own either way.
"""

import random
import sys
import time
from collections.abc import Callable

from celery.signals import worker_ready

from pipeline.child import ChildStopped
from pipeline.context import StepContext
from pipeline.outcome import Outcome, Part
from pipeline.step_registry import STEPS
from pipeline.worker import main
from tests.chaos import striker
from tests.chaos.history import note

CLIPS = 2
LONGEST_S = 0.15
LONG_EVERY = 40
LONG_S = 4.0


def told(body: Callable[[StepContext], Outcome]) -> Callable[[StepContext], Outcome]:
    """``body``, with its begin and end in the history."""

    def run(context: StepContext) -> Outcome:
        claim = context.claim
        facts = {"job": str(claim.job_id), "step": claim.name, "attempt": claim.attempt, "fence": claim.fence}
        note("run", **facts)
        try:
            return body(context)
        finally:
            note("end", stopped=context.stop.is_set(), **facts)

    return run


def fast(context: StepContext) -> Outcome:
    """Work a little, keep a file, make the parts of the next stage."""
    seconds = LONG_S if random.randrange(LONG_EVERY) == 0 else random.uniform(0, LONGEST_S)
    until_s = time.monotonic() + seconds
    while time.monotonic() < until_s:
        context.report(0.5, "At work")
        if context.stop.wait(0.02):
            raise ChildStopped
    path = context.workspace / "made.txt"
    path.write_text(f"{context.claim.name} {context.claim.fence}\n")
    name = f"made/{context.claim.name}"
    file = context.keep(path, name=name, filename="made.txt", content_type="text/plain")
    parts: tuple[Part, ...] = ()
    if context.claim.stage == "segment_extraction":
        parts = tuple(Part("video_compilation", n, {"rank": n}) for n in range(1, CLIPS + 1))
    return Outcome(result={"made": context.claim.fence}, files=(file,), parts=parts)


def ready(**_: object) -> None:
    note("ready", role="worker")


if __name__ == "__main__":
    striker.install()
    worker_ready.connect(ready)
    for stage, body in list(STEPS.items()):
        STEPS[stage] = told(fast if "--fast" in sys.argv else body)
    del sys.argv[1:]
    main()
