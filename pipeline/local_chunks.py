"""A long recording transcribed by several children of this process, as many at once as there is room for."""

import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from agents.types import ChunkPlan, ChunkRequest, TimeRange, Transcript, TranscriptRequest
from app.core.settings import Settings
from pipeline.child import ChildFailed, ChildStopped, Report, run_child
from pipeline.chunk_results import ChunkResult, united
from pipeline.chunking import Share, threads_of

T = TypeVar("T")
CUTTING_SHARE = 0.02


def transcribe_chunks(request: TranscriptRequest, share: Share, settings: Settings, report: Report) -> Transcript:
    """The transcript of ``request.media``, merged. A chunk that fails ends the others. Raises ChildFailed."""
    stop = threading.Event()

    def run(agent: str, asked: object, kind: type[T], heard: Report) -> T:
        with tempfile.TemporaryDirectory(prefix="lectern-") as folder:
            return run_child(agent, asked, kind, workspace=Path(folder), settings=settings, report=heard, stop=stop)

    asked = ChunkRequest(request.media, share.chunks)
    plan = run("chunks", asked, ChunkPlan, lambda done, message: report(CUTTING_SHARE * done, message))
    progress = _Progress(plan, report)

    def transcribe(number: int, span: TimeRange) -> ChunkResult | ChildFailed | None:
        part = replace(
            request,
            span=span,
            threshold_dbfs=plan.threshold_dbfs,
            lead_in=plan.lead_ins[number],
            threads=threads_of(share.per_worker),
        )
        try:
            heard = run("transcript", part, Transcript, lambda done, message: progress.at(number, done, message))
            return ChunkResult(span, heard)
        except ChildStopped:
            return None
        except ChildFailed as error:
            stop.set()
            return error

    with ThreadPoolExecutor(share.at_once) as pool:
        try:
            ended = list(pool.map(transcribe, range(len(plan.chunks)), plan.chunks))
        except BaseException:
            stop.set()
            raise
    for each in ended:
        if isinstance(each, ChildFailed):
            raise each
    return united([each for each in ended if isinstance(each, ChunkResult)])


@dataclass
class _Progress:
    """One number for what several children report, each from a thread of its own."""

    plan: ChunkPlan
    report: Report
    _done: dict[int, float] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def at(self, number: int, fraction: float, message: str) -> None:
        with self._lock:
            self._done[number] = fraction
            done_s = sum(self.plan.chunks[each].duration_s * done for each, done in self._done.items())
            total_s = sum(chunk.duration_s for chunk in self.plan.chunks)
            self.report(CUTTING_SHARE + (1 - CUTTING_SHARE) * done_s / total_s, message)
