"""Finds the silences of the sound track, and how loud it is over time."""

from sqlalchemy.orm import Session

from agents.types import SilenceRequest, SilenceResult
from app.models import LoudnessContour, SilenceRegion
from app.services.options import HighlightsOptions
from pipeline.context import StepContext
from pipeline.outcome import Outcome
from pipeline.recall import key_of, recalled, remembered


def run(context: StepContext) -> Outcome:
    mode = context.options(HighlightsOptions).silence_mode
    key = key_of(context, mode=mode, keeps="loudness")  # what was found before it was kept is not enough
    found = recalled(context, key, SilenceResult)
    if found is None:
        found = context.run("silence", SilenceRequest(str(context.media()), mode=mode), SilenceResult)
    regions, loudness = found.regions, found.loudness
    job_id = context.job.id

    def write(session: Session) -> None:
        session.add_all(SilenceRegion(job_id=job_id, start_s=r.start_s, end_s=r.end_s) for r in regions)
        if loudness is not None:
            session.add(LoudnessContour(job_id=job_id, step_s=loudness.step_s, levels_dbfs=list(loudness.levels_dbfs)))

    outcome = Outcome(
        result={"duration_s": found.duration_s, "mode": found.mode, "threshold_dbfs": found.threshold_dbfs},
        write=write,
    )
    return remembered(outcome, context, key, found)
