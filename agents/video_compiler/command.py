"""Write: FFmpeg's argument lists for one clip. Pure, so that a benchmark can run exactly the same by hand."""

from fractions import Fraction

from agents.media.ffmpeg import input_arguments
from agents.video_compiler.caption_style import FONTS_DIR
from agents.video_compiler.graph import VideoSettings, audio_graph, loudness_filters, video_graph
from agents.video_compiler.loudness import METER, SIDES, Side
from agents.video_compiler.plan import RenderPlan

VIDEO_NAME, AUDIO_NAME, THUMBNAIL_NAME = "clip.mp4", "clip.m4a", "thumbnail.jpg"
CANDIDATES_NAME = "candidates.mkv"
PRESET, QUALITY_CRF = "veryfast", "21"
KEYFRAME_INTERVAL_S = 4  # a player jumps to keyframes
NO_METADATA = ["-map_metadata", "-1", "-map_chapters", "-1", "-fflags", "+bitexact"]


def render_arguments(plan: RenderPlan, gain_db: float) -> list[str]:
    """One command: the clip, and beside it the candidates for its poster, in the working directory."""
    source, arguments = plan.source, ["-loglevel", "warning", "-stats_period", "0.25", *source_input(plan)]
    arguments += ["-filter_complex_threads", str(plan.threads)]
    if source.video:
        settings = VideoSettings(source, plan.cut, plan.seek_frame, plan.canvas, plan.runs, plan.captions, FONTS_DIR)
        arguments += ["-filter_complex", video_graph(settings)]
    if source.audio:
        graph = audio_graph(source, plan.cut, plan.seek_frame, loudness_filters(gain_db, plan.only_side))
        arguments += ["-filter_complex", graph]
    return [*arguments, *output_arguments(plan)]


def output_arguments(plan: RenderPlan) -> list[str]:
    """Encode ``[v]`` and ``[a]`` into the clip and ``[thumb]`` into candidates for its poster, where there are such."""
    source, arguments = plan.source, list[str]()
    if source.video:
        arguments += ["-map", "[v]", *video_codec(plan.cut.rate, plan.threads)]
    if source.audio:
        arguments += ["-map", "[a]", *audio_codec(source.audio.channels)]
    arguments += [*NO_METADATA, "-movflags", "+faststart", "-f", "mp4", VIDEO_NAME if source.video else AUDIO_NAME]
    if source.video:
        arguments += ["-map", "[thumb]", *NO_METADATA, "-fps_mode", "passthrough", "-c:v", "mjpeg", "-q:v", "3"]
        arguments += ["-f", "matroska", CANDIDATES_NAME]
    return arguments


def meter_arguments(plan: RenderPlan, gain_db: float | None, only: Side | None = None) -> list[str]:
    """Measure the loudness of the sound as it is cut, after ``gain_db`` and the limiter behind it.

    None: neither, and the level of each of several channels is measured as well.
    """
    if gain_db is not None:
        filters = f"{loudness_filters(gain_db, only)},{METER}"
    else:
        several = plan.source.audio is not None and plan.source.audio.channels > 1
        filters = f"{SIDES},{METER}" if several else METER
    graph = audio_graph(plan.source, plan.cut, plan.seek_frame, filters)
    return [*source_input(plan), "-filter_complex", graph, "-map", "[a]", "-f", "null", "-"]


def source_input(plan: RenderPlan) -> list[str]:
    """Seek to the keyframe before the clip. Not "accurate": that would drop a picture still shown when it begins."""
    before = ["-threads", str(plan.threads), "-reinit_filter:v", "0"]
    if plan.seek_frame:
        before += ["-noaccurate_seek", "-ss", f"{float(plan.seek_frame / plan.cut.rate):.6f}"]
    return input_arguments(plan.media, before=before)


def video_codec(rate: Fraction, threads: int) -> list[str]:
    """How every picture is encoded: streams of one size and rate have the same parameter sets, and can be joined."""
    return [
        *("-c:v", "libx264", "-preset", PRESET, "-crf", QUALITY_CRF, "-profile:v", "high", "-pix_fmt", "yuv420p"),
        *("-r", f"{rate.numerator}/{rate.denominator}", "-fps_mode", "cfr"),
        *("-g", str(round(KEYFRAME_INTERVAL_S * rate)), "-threads", str(threads), "-flags:v", "+bitexact"),
    ]


def audio_codec(channels: int) -> list[str]:
    """How every sound is encoded."""
    return ["-c:a", "aac", "-b:a", "96k" if channels == 1 else "160k", "-flags:a", "+bitexact"]
