"""The document of ``GET /results/{id}``: what a job found out and made, with links that work without headers."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Artifact, Clip, ContentSegment, Job, JobStep, LayoutAnalysis, SilenceRegion, Transcript
from app.services.artifacts import artifacts_of
from app.services.filenames import download_name, extension
from app.services.job_view import API, duration_s

EXPORTS = {
    "plan": "plan.json",
    "timeline_otio": "timeline.otio",
    "timeline_edl": "timeline.edl",
    "timeline_svg": "timeline.svg",
    "chapters_vtt": "chapters.vtt",
    "chapters_txt": "chapters.txt",
    "reel": "reel",
}
"""What is made of the whole edit: key in the document's ``urls`` → name of the file."""
UrlOf = Callable[[Artifact, str], str]
"""A signed link to an artifact that downloads under the given file name."""
TRANSCRIPT_FORMATS = ("json", "srt", "vtt", "txt")
CLIP_LINKS = {
    "video": "video",
    "audio": "audio",
    "thumbnail": "thumbnail",
    "captions.srt": "captions_srt",
    "captions.vtt": "captions_vtt",
}


def result_document(session: Session, job: Job, url_of: UrlOf, *, base_url: str = "") -> dict[str, Any]:
    """Everything there is, also of a job that failed or was cancelled on the way."""
    found = _step_results(session, job)
    media, analysis = (found.get(k, {}) for k in ("uploading", "content_analysis"))
    plan = found.get("plan_check") or found.get("segment_extraction", {})
    links = {name: url_of(row, friendly_name(job, row)) for name, row in artifacts_of(session, job.id).items()}
    length_s = media.get("duration_s", job.source.get("duration_s"))
    urls = {
        "self": f"{base_url}{API}/results/{job.id}",
        "job": f"{base_url}{API}/jobs/{job.id}",
        "transcript": f"{base_url}{API}/results/{job.id}/transcript" if "transcript.json" in links else None,
        **{key: links.get(name) for key, name in EXPORTS.items()},
    }
    return {
        "job_id": str(job.id),
        "status": job.status,
        "source": {**job.source, **{k: media.get(k) for k in ("format", "video", "audio")}, "duration_s": length_s},
        "summary": analysis.get("summary"),
        "analyzer": analysis.get("backend"),
        "analyzer_usage": None if "plan_check" in found else analysis.get("usage"),  # what is inherited was paid once
        "clips": [_clip(row, links) for row in _rows(session, job, Clip, Clip.rank)],
        "reel": _reel(found.get("reel_compilation"), links),
        "topics": [_topic(row) for row in _segments(session, job, "topic")],
        "sentences": [_sentence(row) for row in _segments(session, job, "sentence")],
        "transcript": _transcript(session.get(Transcript, job.id), _of_stage(found, "transcription"), links),
        "silence": _silence(session, job, found.get("silence_detection")),
        "layout": _layout(session.get(LayoutAnalysis, job.id), length_s),
        "rejected": plan.get("rejected", []),
        "settings": plan.get("settings"),
        "warnings": job.warnings,
        "error": {"code": job.error_code, "message": job.error_message or ""} if job.error_code else None,
        "timings": _timings(job),
        "urls": {name: url for name, url in urls.items() if url is not None},
    }


def friendly_name(job: Job, artifact: Artifact) -> str:
    """What a download is called: after the recording it was made of."""
    suffix = extension(artifact.filename) or extension(artifact.name)
    parts = artifact.name.split("/")
    part = f"clip {parts[1]}" if parts[0] == "clips" and len(parts) > 2 else parts[0].split(".")[0]
    return download_name(str(job.source.get("filename", "recording")), part, suffix or "bin")


def _step_results(session: Session, job: Job) -> dict[str, dict[str, Any]]:
    known = ("uploading", "silence_detection", "content_analysis", "segment_extraction", "plan_check")
    stages = (*known, "reel_compilation")
    rows = session.execute(
        select(JobStep.stage, JobStep.result).where(
            JobStep.job_id == job.id, JobStep.stage.in_(stages), JobStep.result.is_not(None)
        )
    )
    return {stage: result for stage, result in rows if result}


def _rows(session: Session, job: Job, table: Any, order: Any) -> list[Any]:
    return list(session.scalars(select(table).where(table.job_id == job.id).order_by(order)))


def _segments(session: Session, job: Job, kind: str) -> list[ContentSegment]:
    query = select(ContentSegment).where(ContentSegment.job_id == job.id, ContentSegment.kind == kind)
    return list(session.scalars(query.order_by(ContentSegment.start_s)))


def _clip(row: Clip, links: dict[str, str]) -> dict[str, Any]:
    names = {key: f"clips/{row.rank}/{name}" for name, key in CLIP_LINKS.items()}
    told = ("rank", "title", "summary", "start_s", "end_s", "duration_s", "keep", "score", "score_parts", "reasons")
    return {
        **{name: getattr(row, name) for name in (*told, "layout", "width", "height")},
        "urls": {key: links[name] for key, name in names.items() if name in links},
    }


def _reel(found: dict[str, Any] | None, links: dict[str, str]) -> dict[str, Any] | None:
    """How long it is, and where each clip is in it."""
    if found is None or "reel" not in links:
        return None
    return {"duration_s": found["duration_s"], "clips": found["entries"]}


def _topic(row: ContentSegment) -> dict[str, Any]:
    return {
        "start_s": row.start_s,
        "end_s": row.end_s,
        "title": row.title,
        "keywords": row.detail.get("keywords", []),
        "importance": row.importance,
        "subtopics": row.detail.get("subtopics", []),
    }


def _sentence(row: ContentSegment) -> dict[str, Any]:
    return {
        "start_s": row.start_s,
        "end_s": row.end_s,
        "text": row.title,
        "importance": row.importance,
        "reasons": row.detail.get("reasons", []),
    }


def _of_stage(found: dict[str, Any], stage: str) -> dict[str, Any]:
    """The results of a stage as one: of a stage in parts, what each of them has to say."""
    results = (result for name, result in found.items() if name.partition("/")[0] == stage and result)
    return {key: value for result in results for key, value in result.items()}


def _transcript(row: Transcript | None, heard: dict[str, Any], links: dict[str, str]) -> dict[str, Any] | None:
    if row is None:
        return None
    names = {form: f"transcript.{form}" for form in TRANSCRIPT_FORMATS}
    return {
        "language": row.language,
        "language_probability": heard.get("language_probability"),
        "dropped": heard.get("dropped") or {},
        "backend": row.backend,
        "quality": row.quality,
        "segments": row.segments,
        "urls": {form: links[name] for form, name in names.items() if name in links},
    }


def _silence(session: Session, job: Job, found: dict[str, Any] | None) -> dict[str, Any] | None:
    if found is None:
        return None
    rows = _rows(session, job, SilenceRegion, SilenceRegion.start_s)
    return {**found, "regions": [{"start_s": row.start_s, "end_s": row.end_s} for row in rows]}


def _layout(row: LayoutAnalysis | None, length_s: float | None) -> dict[str, Any] | None:
    if row is None:
        return None
    return {
        "size": [row.width, row.height],
        "spans": row.spans,
        "slide_changes": row.slide_changes,
        "duration_s": length_s,
    }


def _timings(job: Job) -> list[dict[str, Any]]:
    return [
        {
            "stage": step.stage,
            "name": step.name,
            "duration_s": duration_s(step.started_at, step.finished_at),
            "attempt": step.attempt,
        }
        for step in job.steps
        if step.attempt > 0
    ]
