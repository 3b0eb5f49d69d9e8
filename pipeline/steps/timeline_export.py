"""Writes what other programs open: the edit as OpenTimelineIO and EDL, chapters, and the timeline as a picture."""

from sqlalchemy.orm import Session

from agents.types import CutList, CutListRequest, PlannedClip
from pipeline import evidence
from pipeline.context import StepContext
from pipeline.exports import chapters, edl, open_timeline, timeline_svg
from pipeline.exports.edit import Edit
from pipeline.outcome import Outcome


def run(context: StepContext) -> Outcome:
    clips = context.read(lambda session: evidence.edit_plan(session, context.job.id).clips)
    clips = tuple(sorted(clips, key=lambda clip: clip.rank))
    cuts = context.run("cuts", CutListRequest(str(context.media()), clips), CutList)
    edit = context.read(lambda session: _edit(session, context, cuts, clips))
    whole = chapters.make_chapters(edit.topics, edit.duration_s, edit.stem)
    youtube = chapters.youtube_chapters(edit.topics, edit.duration_s, edit.stem)
    written = {
        "timeline.otio": (open_timeline.to_otio(edit), open_timeline.CONTENT_TYPE),
        "timeline.edl": (edl.to_edl(edit), edl.CONTENT_TYPE),
        "timeline.svg": (timeline_svg.to_svg(edit), timeline_svg.CONTENT_TYPE),
        "chapters.vtt": (chapters.to_vtt(whole), chapters.VTT_TYPE),
        "chapters.txt": (chapters.to_youtube(youtube), chapters.TEXT_TYPE),
    }
    files = []
    for name, (text, content_type) in written.items():
        path = context.workspace / name
        path.write_text(text, "utf-8")
        files.append(context.keep(path, name=name, filename=name, content_type=content_type))
    return Outcome(
        result={
            "rate": list(cuts.rate),
            "chapters": len(whole),
            "youtube_chapters": len(youtube.chapters),
            "youtube_reason": youtube.reason,
        },
        files=tuple(files),
    )


def _edit(session: Session, context: StepContext, cuts: CutList, clips: tuple[PlannedClip, ...]) -> Edit:
    job_id = context.job.id
    analysis = evidence.analysis(session, job_id)
    listened = evidence.step_result(session, job_id, "silence_detection") is not None
    return Edit(
        source=context.upload.filename,
        duration_s=evidence.media_info(session, job_id).duration_s,
        cuts=cuts,
        clips=clips,
        topics=analysis.topics if analysis else (),
        silences=evidence.silences(session, job_id) if listened else None,
        layout=evidence.layout(session, job_id),
    )
