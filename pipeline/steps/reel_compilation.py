"""Joins the rendered clips into one reel, each after a title card."""

from pathlib import Path

from sqlalchemy.orm import Session

from agents.codec import to_data
from agents.types import PlannedClip, Reel, ReelRequest, TitleCard
from app.services.artifacts import artifacts_of
from pipeline import evidence
from pipeline.child import ChildFailed
from pipeline.context import StepContext
from pipeline.exports.plain_text import one_line
from pipeline.outcome import Outcome, Warning_

UNTITLED = "…"
LONGEST_TITLE = 300


def run(context: StepContext) -> Outcome:
    clips, keys = context.read(lambda session: _rendered(session, context))
    out_dir = context.workspace / "out"
    out_dir.mkdir()
    request = ReelRequest(
        media=tuple(str(_fetched(context, clip.rank, keys[clip.rank])) for clip in clips),
        cards=tuple(
            TitleCard(clip.rank, len(clips), one_line(clip.title, LONGEST_TITLE) or UNTITLED, clip.start_s, clip.end_s)
            for clip in clips
        ),
        out_dir=str(out_dir),
    )
    reel = context.run("reel", request, Reel)
    path = out_dir / Path(reel.file.path).name
    return Outcome(
        result={"duration_s": reel.duration_s, "encoded": reel.encoded, "entries": to_data(reel)["entries"]},
        files=(context.keep(path, name="reel", filename=path.name, content_type=reel.file.content_type),),
        warnings=tuple(Warning_(notice.code, f"Reel: {notice.detail}") for notice in reel.warnings),
    )


def _rendered(session: Session, context: StepContext) -> tuple[tuple[PlannedClip, ...], dict[int, str]]:
    """The plan's clips by rank, and where their files are."""
    clips = sorted(evidence.edit_plan(session, context.job.id).clips, key=lambda clip: clip.rank)
    stored = artifacts_of(session, context.job.id)
    keys = {}
    for clip in clips:
        row = stored.get(f"clips/{clip.rank}/video") or stored.get(f"clips/{clip.rank}/audio")
        if row is None:
            raise ChildFailed("source_missing", f"Clip {clip.rank} was not rendered, so there is no reel.")
        keys[clip.rank] = row.object_key
    return tuple(clips), keys


def _fetched(context: StepContext, rank: int, key: str) -> Path:
    path = context.workspace / f"clip-{rank}{Path(key).suffix}"
    context.cache.link(key, path)
    return path
