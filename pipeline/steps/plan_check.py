"""Takes over a plan that somebody edited: its clips become rows and parts, as if they had been chosen here."""

import json
from dataclasses import replace

from sqlalchemy.orm import Session

from agents.codec import from_data, to_data
from agents.segment_extractor.arrangement import clip_layout
from agents.types import EditPlan, LayoutTimeline, PlannedClip, PlanSettings
from app.models import Clip
from app.services.options import RenderingOptions
from pipeline import evidence
from pipeline.context import StepContext
from pipeline.outcome import Outcome, Part, StoredFile
from pipeline.transcript_files import keep_transcript


def run(context: StepContext) -> Outcome:
    job_id = context.job.id
    plan = context.read(lambda session: _plan(session, context))
    words = context.read(lambda session: evidence.transcript(session, job_id))
    document = to_data(plan)
    path = context.workspace / "plan.json"
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False), "utf-8")
    files: list[StoredFile] = [
        context.keep(path, name="plan.json", filename="plan.json", content_type="application/json")
    ]
    if words is not None:
        files += keep_transcript(context, words)

    def write(session: Session) -> None:
        rows = ({name: value for name, value in clip.items() if name != "evidence"} for clip in document["clips"])
        session.add_all(Clip(job_id=job_id, **row) for row in rows)

    return Outcome(
        result=document,
        write=write,
        files=tuple(files),
        parts=tuple(Part("video_compilation", clip.rank, {"rank": clip.rank}) for clip in plan.clips),
        skip=() if plan.clips and context.options(RenderingOptions).reel else ("reel_compilation",),
    )


def _plan(session: Session, context: StepContext) -> EditPlan:
    sent = context.claim.params["plan"]
    undecided = {clip["rank"] for clip in sent["clips"] if clip["layout"] is None}
    plan = from_data(EditPlan, {**sent, "clips": [{**clip, "layout": clip["layout"] or ()} for clip in sent["clips"]]})
    timeline = evidence.layout(session, context.job.id) if undecided else None
    clips = (_decided(c, timeline, plan.settings) if c.rank in undecided else c for c in plan.clips)
    return replace(plan, clips=tuple(clips))


def _decided(clip: PlannedClip, timeline: LayoutTimeline | None, settings: PlanSettings) -> PlannedClip:
    return replace(clip, layout=clip_layout(timeline, clip.start_s, clip.end_s, settings.aspect, settings.layout))
