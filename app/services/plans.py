"""A new job from an edited plan. It gets all that its parent found out, so that the parent may be deleted."""

from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, insert, literal, select
from sqlalchemy.orm import Session

from app.core.errors import ArtifactNotFound, InvalidRequest, LecternError
from app.models import ContentSegment, Job, JobStep, LayoutAnalysis, SilenceRegion, Transcript, Upload
from app.models.job import StepStatus
from app.services.artifacts import require_finished
from app.services.edit_plans import EditPlan
from app.services.jobs import create_job, lock_job, retention_of
from app.services.options import RenderOptions
from app.services.plan_rules import plan_problems

FINDINGS = (Transcript, SilenceRegion, LayoutAnalysis, ContentSegment)
KNOWN_BY_STEPS = ("uploading", "silence_detection", "content_analysis")
"""Stages whose results are part of what a job found out, and are not in a table of their own."""
PLANNING_STAGES = ("segment_extraction", "plan_check")


class RecordingGone(LecternError):
    code = "recording_gone"
    status = 410
    title = "The recording is no longer kept"


def render_job(session: Session, parent_id: UUID, plan: EditPlan, *, owner: str, retention_days: int) -> Job:
    """Write a job that renders ``plan`` from the recording of ``parent_id``. The caller commits, then rings the broker.

    Raises JobNotFound, ResultNotReady, ArtifactNotFound where there is no plan to edit, RecordingGone, InvalidRequest.
    """
    parent = lock_job(session, parent_id, owner=owner)
    require_finished(parent)
    known = _results(session, parent.id)
    if "uploading" not in known or not any(stage in known for stage in PLANNING_STAGES):
        raise ArtifactNotFound("This job has no plan.json: there is nothing to edit.")
    upload = session.scalar(select(Upload).where(Upload.id == parent.upload_id).with_for_update())
    if upload is None or upload.deleted_at is not None:
        raise RecordingGone("The recording is no longer kept. Submit it again.")
    probed = known["uploading"]
    video = probed.get("video")
    size = (video["width"], video["height"]) if video else None
    problems = plan_problems(plan, duration_s=probed["duration_s"], size=size)
    if problems:
        raise InvalidRequest("The plan does not fit the recording.", errors=problems)
    inherited = {name: parent.options[name] for name in RenderOptions.model_fields if name in parent.options}
    options = RenderOptions.model_validate(inherited)
    job = create_job(
        session,
        kind="render",
        upload=upload,
        options=options.model_dump(mode="json"),
        owner=owner,
        retention=retention_of(options, retention_days),
        source=dict(parent.source),
        parent_id=parent.id,
        priority=parent.priority,
    )
    next(step for step in job.steps if step.name == "plan_check").params = {"plan": _document(plan, upload.filename)}
    _hand_down(session, parent.id, job.id, known)
    return job


def _document(plan: EditPlan, source: str) -> dict[str, Any]:
    """By rank, with what may be absent filled in, but for layouts: those are decided where agents are."""
    document = plan.model_dump(mode="json")
    document["source"] = source
    document["clips"].sort(key=lambda clip: clip["rank"])
    for clip in document["clips"]:
        clip["keep"] = clip["keep"] or [{"start_s": clip["start_s"], "end_s": clip["end_s"]}]
    return document


def _results(session: Session, job_id: UUID) -> dict[str, dict[str, Any]]:
    rows = session.execute(
        select(JobStep.name, JobStep.result).where(
            JobStep.job_id == job_id,
            JobStep.name.in_((*KNOWN_BY_STEPS, *PLANNING_STAGES)),
            JobStep.status == StepStatus.COMPLETED,
        )
    )
    return {name: result for name, result in rows if result is not None}


def _hand_down(session: Session, parent_id: UUID, child_id: UUID, known: dict[str, dict[str, Any]]) -> None:
    """Copy rows; the results of steps as steps that are done and that no recipe of the child names."""
    for table in FINDINGS:
        names = [column.name for column in table.__table__.columns if column.name not in ("id", "job_id")]
        values = select(literal(child_id, Uuid()), *(table.__table__.c[name] for name in names))
        session.execute(
            insert(table).from_select(["job_id", *names], values.where(table.__table__.c.job_id == parent_id))
        )
    for position, name in enumerate(KNOWN_BY_STEPS, -len(KNOWN_BY_STEPS)):
        if name in known:
            session.add(
                JobStep(
                    job_id=child_id,
                    name=name,
                    stage=name,
                    position=position,
                    status=StepStatus.COMPLETED,
                    progress=1.0,
                    result=known[name],
                )
            )
    session.flush()
