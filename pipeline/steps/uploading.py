"""Gets hold of the recording and probes it: what there is to see and hear, and for how long.

An uploaded one is verified; one that a URL names is fetched first.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from agents.codec import to_data
from agents.types import MediaInfo, ProbeRequest
from app.models import Upload
from app.models.upload import UploadStatus
from app.services.recipes import RECIPES
from pipeline.child import ChildFailed
from pipeline.context import StepContext
from pipeline.download import Downloaded
from pipeline.fetching import Fetch
from pipeline.outcome import Outcome, Warning_

NO_AUDIO = Warning_("no_audio", "The recording has no sound, so there are no words to choose clips by.")
NO_VIDEO = Warning_("no_video", "The recording has no picture: you get a transcript, topics and audio clips.")
FETCH_SHARE = 0.9


def run(context: StepContext) -> Outcome:
    if context.upload.status == UploadStatus.REMOTE:
        return _run_remote(context)
    stored = context.store.info(context.upload.object_key)
    if stored is None or stored.size_bytes != context.upload.size_bytes:
        raise ChildFailed(
            "upload_incomplete", "The uploaded file is not in the store as it was received. Upload again."
        )
    return _probed(context, _probe(context, (0.0, 1.0)))


def _run_remote(context: StepContext) -> Outcome:
    fetch = Fetch(context)
    done = fetch.into_store(lambda fraction, message: context.report(FETCH_SHARE * fraction, message))
    try:
        info = _probe(context, (FETCH_SHARE, 1.0))
    except ChildFailed as error:
        fetch.failed(retryable=error.retryable)
        raise
    outcome = _probed(context, info, done)
    fetch.forget()
    return outcome


def _probe(context: StepContext, share: tuple[float, float]) -> MediaInfo:
    info = context.run("probe", ProbeRequest(str(context.media())), MediaInfo, share=share)
    longest_s = context.settings.max_duration_s
    if info.duration_s > longest_s:
        raise ChildFailed(
            "too_long", f"The recording lasts {info.duration_s / 60:.0f} minutes; the limit is {longest_s / 60:.0f}."
        )
    return info


def _probed(context: StepContext, info: MediaInfo, fetched: Downloaded | None = None) -> Outcome:
    """A stage that can do nothing is skipped where the job can go on without it."""
    optional = {spec.stage for spec in RECIPES[context.job.kind].steps if spec.optional}
    warnings = [Warning_(notice.code, notice.detail) for notice in info.warnings]
    skip: set[str] = set()
    if info.audio is None:
        skip.add("silence_detection")
        if context.upload.captions_key is None and not info.subtitle_indexes:
            skip.add("transcription")
    if info.video is None:
        skip.add("layout_detection")
    skip &= optional
    if "silence_detection" in skip:
        warnings.append(NO_AUDIO)
    if "layout_detection" in skip:
        warnings.append(NO_VIDEO)
    size = [info.video.width, info.video.height] if info.video else None
    source: dict[str, Any] = {"duration_s": round(info.duration_s, 3), "size": size}
    if fetched is not None:
        source |= {"filename": fetched.filename, "size_bytes": fetched.size_bytes}
    return Outcome(
        result=to_data(info),
        write=_completing(context.upload, fetched) if fetched else lambda _: None,
        warnings=tuple(warnings),
        skip=tuple(sorted(skip)),
        source=source,
    )


def _completing(upload: Upload, fetched: Downloaded) -> Callable[[Session], None]:
    """Nobody fetches it again. The URL, which may hold a secret, is not needed any more."""

    def write(session: Session) -> None:
        session.execute(
            update(Upload)
            .where(Upload.id == upload.id, Upload.status == UploadStatus.REMOTE)
            .values(
                status=UploadStatus.COMPLETE,
                filename=fetched.filename,
                content_type=fetched.content_type,
                size_bytes=fetched.size_bytes,
                sha256=fetched.sha256,
                source_url=None,
            )
        )

    return write
