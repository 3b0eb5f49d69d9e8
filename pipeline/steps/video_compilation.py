"""Renders one clip of the plan and keeps its files."""

from pathlib import Path

from sqlalchemy import update
from sqlalchemy.orm import Session

from agents.types import CompileRequest, RenderedClip, RenderedFile
from app.models import Clip
from app.services.options import RenderingOptions
from pipeline import evidence
from pipeline.context import StepContext
from pipeline.outcome import Outcome, StoredFile, Warning_

ARTIFACT_OF_KIND = {"captions_srt": "captions.srt", "captions_vtt": "captions.vtt"}


def run(context: StepContext) -> Outcome:
    rank = int(context.claim.params["rank"])
    out_dir = context.workspace / "out"
    out_dir.mkdir()
    request = context.read(lambda session: _request(session, context, rank, out_dir))
    rendered = context.run("compile", request, RenderedClip)
    files = tuple(_keep(context, rank, out_dir, file) for file in rendered.files)
    job_id = context.job.id

    def write(session: Session) -> None:
        session.execute(
            update(Clip)
            .where(Clip.job_id == job_id, Clip.rank == rank)
            .values(duration_s=rendered.duration_s, width=rendered.width, height=rendered.height)
        )

    return Outcome(
        result={
            "duration_s": rendered.duration_s,
            "video_duration_s": rendered.video_duration_s,
            "audio_duration_s": rendered.audio_duration_s,
        },
        write=write,
        files=files,
        warnings=tuple(Warning_(n.code, f"Clip {rank}: {n.detail}") for n in rendered.warnings),
    )


def _request(session: Session, context: StepContext, rank: int, out_dir: Path) -> CompileRequest:
    job_id = context.job.id
    plan = evidence.edit_plan(session, job_id)
    options = context.options(RenderingOptions)
    clip = next(clip for clip in plan.clips if clip.rank == rank)
    return CompileRequest(
        media=str(context.media()),
        clip=clip,
        settings=plan.settings,
        out_dir=str(out_dir),
        segments=evidence.segments_between(session, job_id, clip.start_s, clip.end_s),
        captions=options.captions,
        renderer=options.renderer,
    )


def _keep(context: StepContext, rank: int, out_dir: Path, file: RenderedFile) -> StoredFile:
    path = (out_dir / file.path).resolve()
    if not path.is_relative_to(out_dir.resolve()):
        raise ValueError(f"the renderer named a file outside its folder: {file.path}")
    name = ARTIFACT_OF_KIND.get(file.kind, file.kind)
    return context.keep(
        path, name=f"clips/{rank}/{name}", filename=f"clip-{rank}{path.suffix}", content_type=file.content_type
    )
