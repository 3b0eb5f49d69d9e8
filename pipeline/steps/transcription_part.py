"""Transcribes one chunk of a long recording; what it finds is kept in its row until all are merged."""

from agents.codec import from_data, to_data
from agents.types import TimeRange, Transcript
from app.services.caller_keys import BACKENDS
from pipeline import evidence
from pipeline.child import ChildFailed
from pipeline.chunk_results import ChunkResult
from pipeline.chunking import threads_of
from pipeline.context import StepContext
from pipeline.fallback import first_of
from pipeline.listening import listen, passed_on_to
from pipeline.outcome import Outcome


def run(context: StepContext) -> Outcome:
    params = context.claim.params
    span = from_data(TimeRange, params["span"])
    info = context.read(lambda session: evidence.media_info(session, context.job.id))
    backends: list[str] = params[BACKENDS]

    def attempt(backend: str) -> Transcript:
        with passed_on_to(backends[backends.index(backend) + 1 :]):
            return listen(
                context,
                backend,
                info,
                span=span,
                threshold_dbfs=float(params["threshold_dbfs"]),
                lead_in=str(params.get("lead_in", "")),  # rows from before there were any decode from the beginning
                threads=threads_of(int(params["per_worker"])),
            )

    found, failures = first_of(backends, attempt, passes_on=lambda error: not _worth_another_try(context, error))
    return Outcome(result=to_data(ChunkResult(span, found, failures)))


def _worth_another_try(context: StepContext, error: ChildFailed) -> bool:
    """A transcript of two backends is worse than one that comes a little later."""
    return error.retryable and context.claim.attempt == 1
