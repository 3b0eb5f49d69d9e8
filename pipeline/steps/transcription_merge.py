"""Makes one transcript of those of the chunks."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from agents.codec import from_data
from agents.types import TimeRange
from app.models import JobStep
from pipeline.chunk_results import ChunkResult, united
from pipeline.context import StepContext
from pipeline.fallback import Failed, told_of
from pipeline.outcome import Outcome
from pipeline.recall import remembered, speech_key
from pipeline.transcript_files import transcribed


def run(context: StepContext) -> Outcome:
    params = context.claim.params
    results = context.read(lambda session: _results(session, context, params["parts"]))
    before = from_data(tuple[Failed, ...], params["failures"])
    context.report(0.1, f"Merging {len(results)} parts")
    found = united(results)
    key = speech_key(context, found.backend)
    outcome = remembered(transcribed(context, found), context, key, found, found.warnings)
    return outcome.warned(told_of(failed, found.backend) for failed in before)


def _results(session: Session, context: StepContext, names: list[str]) -> list[ChunkResult]:
    rows = session.execute(
        select(JobStep.params, JobStep.result, JobStep.error_message)
        .where(JobStep.job_id == context.job.id, JobStep.name.in_(names))
        .order_by(JobStep.position)
    )
    return [_result(params, result, error) for params, result, error in rows]


def _result(params: dict[str, Any], result: dict[str, Any] | None, error: str | None) -> ChunkResult:
    if result is not None:
        return from_data(ChunkResult, result)
    return ChunkResult(from_data(TimeRange, params["span"]), None, (Failed("", error or "The part failed."),))
