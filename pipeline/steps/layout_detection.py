"""Reads the layout of the picture over time, and when slides change."""

from sqlalchemy.orm import Session

from agents.codec import to_data
from agents.types import LayoutRequest, LayoutTimeline
from app.models import LayoutAnalysis
from pipeline.context import StepContext
from pipeline.outcome import Outcome, Warning_
from pipeline.recall import key_of, recalled, remembered


def run(context: StepContext) -> Outcome:
    key = key_of(context)
    timeline = recalled(context, key, LayoutTimeline)
    if timeline is None:
        timeline = context.run("layout", LayoutRequest(str(context.media())), LayoutTimeline)
    data = to_data(timeline)
    job_id = context.job.id
    width, height = timeline.size

    def write(session: Session) -> None:
        row = LayoutAnalysis(
            job_id=job_id, width=width, height=height, spans=data["spans"], slide_changes=data["slide_changes"]
        )
        session.add(row)

    outcome = Outcome(
        result={"spans": len(timeline.spans), "slide_changes": len(timeline.slide_changes)},
        write=write,
        warnings=tuple(Warning_(n.code, n.detail) for n in timeline.warnings),
    )
    return remembered(outcome, context, key, timeline, timeline.warnings)
