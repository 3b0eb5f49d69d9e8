"""Measure again: what was written is read back and compared with the plan."""

from pathlib import Path

from av.container import InputContainer

from agents.errors import RenderFailed
from agents.media.probe import main_streams, open_media
from agents.types import AudioStream, Notice, RenderedClip, RenderedFile, VideoStream
from agents.video_compiler.caption_style import SRT_NAME, VTT_NAME
from agents.video_compiler.command import AUDIO_NAME, THUMBNAIL_NAME, VIDEO_NAME
from agents.video_compiler.plan import RenderPlan

CONTENT_TYPES = {
    "video": "video/mp4",
    "audio": "audio/mp4",
    "thumbnail": "image/jpeg",
    "captions_srt": "application/x-subrip",
    "captions_vtt": "text/vtt",
}
LARGEST_ERROR_S = 0.040


def describe(plan: RenderPlan, out_dir: Path, warnings: tuple[Notice, ...]) -> RenderedClip:
    """The files of ``out_dir`` and the durations of their streams. Raises RenderFailed where a stream is missing."""
    clip = out_dir / (VIDEO_NAME if plan.source.video else AUDIO_NAME)
    video_s, audio_s = _stream_durations_s(clip)
    if (plan.source.video and not video_s) or (plan.source.audio and not audio_s):
        raise RenderFailed("The clip was written without all of its streams: nothing could be decoded in its ranges.")
    allowed_s = max(LARGEST_ERROR_S, float(1 / plan.cut.rate))
    off_s = max(abs(length - plan.cut.duration_s) for length in (video_s, audio_s) if length)
    if off_s > allowed_s:
        warnings += (Notice("clip_duration_off", f"The clip's length differs from the plan by {off_s:.2f} s."),)
    wanted = {
        "video" if plan.source.video else "audio": clip.name,
        "thumbnail": THUMBNAIL_NAME,
        "captions_srt": SRT_NAME,
        "captions_vtt": VTT_NAME,
    }
    files = tuple(
        RenderedFile(kind, name, CONTENT_TYPES[kind]) for kind, name in wanted.items() if (out_dir / name).is_file()
    )
    width, height = plan.canvas if plan.source.video else (None, None)
    return RenderedClip(plan.cut.duration_s, video_s, audio_s, width, height, files, warnings)


def _stream_durations_s(clip: Path) -> tuple[float | None, float | None]:
    with open_media(clip) as container:
        video, audio = main_streams(container)
        return _length_s(container, video), _length_s(container, audio)


def _length_s(container: InputContainer, stream: VideoStream | AudioStream | None) -> float | None:
    if stream is None:
        return None
    opened = container.streams[stream.index]
    return float(opened.duration * opened.time_base) if opened.duration and opened.time_base else None
