"""Combines all evidence into the edit plan: which clips, why, and what they keep."""

import json
from uuid import UUID

from sqlalchemy.orm import Session

from agents.codec import to_data
from agents.types import EditPlan, ExtractionRequest, PlanSettings
from app.models import Clip
from app.services.options import HighlightsOptions, RenderingOptions
from pipeline import evidence
from pipeline.context import StepContext
from pipeline.outcome import Outcome, Part, Warning_


def run(context: StepContext) -> Outcome:
    plan = context.run("extraction", context.read(lambda s: _request(s, context)), EditPlan)
    document = to_data(plan)
    job_id = context.job.id
    path = context.workspace / "plan.json"
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False), "utf-8")
    file = context.keep(path, name="plan.json", filename="plan.json", content_type="application/json")

    def write(session: Session) -> None:
        session.add_all(_clip(job_id, clip) for clip in document["clips"])

    return Outcome(
        result=document,
        write=write,
        files=(file,),
        warnings=tuple(Warning_(n.code, n.detail) for n in plan.warnings),
        parts=tuple(Part("video_compilation", clip.rank, {"rank": clip.rank}) for clip in plan.clips),
        skip=() if plan.clips and context.options(RenderingOptions).reel else ("reel_compilation",),
    )


def _clip(job_id: UUID, clip: dict[str, object]) -> Clip:
    """The row of a clip; its evidence is in the plan alone."""
    return Clip(job_id=job_id, **{name: value for name, value in clip.items() if name != "evidence"})


def _request(session: Session, context: StepContext) -> ExtractionRequest:
    job_id = context.job.id
    options = context.options(HighlightsOptions)
    return ExtractionRequest(
        source=context.upload.filename,
        duration_s=evidence.media_info(session, job_id).duration_s,
        settings=PlanSettings(
            max_clips=options.max_clips,
            min_clip_s=options.min_clip_s,
            max_clip_s=options.max_clip_s,
            aspect=options.aspect,
            layout=options.layout,
            remove_silence=options.remove_silence,
            focus=options.focus,
        ),
        transcript=evidence.transcript(session, job_id),
        analysis=evidence.analysis(session, job_id),
        silences=evidence.silences(session, job_id),
        layout=evidence.layout(session, job_id),
    )
