"""Verifies the uploaded object and probes it: what there is to see and hear, and for how long."""

from agents.codec import to_data
from agents.types import MediaInfo, ProbeRequest
from pipeline.child import ChildFailed
from pipeline.context import StepContext
from pipeline.outcome import Outcome, Warning_

NO_AUDIO = Warning_("no_audio", "The recording has no sound, so there are no words to choose clips by.")
NO_VIDEO = Warning_("no_video", "The recording has no picture: you get a transcript, topics and audio clips.")


def run(context: StepContext) -> Outcome:
    stored = context.store.info(context.upload.object_key)
    if stored is None or stored.size_bytes != context.upload.size_bytes:
        raise ChildFailed(
            "upload_incomplete", "The uploaded file is not in the store as it was received. Upload again."
        )
    info = context.run("probe", ProbeRequest(str(context.media())), MediaInfo)
    longest_s = context.settings.max_duration_s
    if info.duration_s > longest_s:
        raise ChildFailed(
            "too_long", f"The recording lasts {info.duration_s / 60:.0f} minutes; the limit is {longest_s / 60:.0f}."
        )
    warnings = [Warning_(notice.code, notice.detail) for notice in info.warnings]
    skip: list[str] = []
    if info.audio is None:
        warnings.append(NO_AUDIO)
        skip.append("silence_detection")
        if context.upload.captions_key is None and not info.subtitle_indexes:
            skip.append("transcription")
    if info.video is None:
        warnings.append(NO_VIDEO)
        skip.append("layout_detection")
    size = [info.video.width, info.video.height] if info.video else None
    return Outcome(
        result=to_data(info),
        warnings=tuple(warnings),
        skip=tuple(skip),
        source={"duration_s": round(info.duration_s, 3), "size": size},
    )
