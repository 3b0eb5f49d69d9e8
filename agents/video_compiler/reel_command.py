"""Write: FFmpeg's argument lists for the parts of a reel. They hold numbers and names of our own, no caller's text."""

from agents.media.ffmpeg import input_arguments
from agents.media.joining import JoinableClip
from agents.video_compiler.caption_strip import escape
from agents.video_compiler.caption_style import FONTS_DIR
from agents.video_compiler.command import NO_METADATA, audio_codec, video_codec
from agents.video_compiler.graph import BACKGROUND
from agents.video_compiler.timing import AUDIO_RATE_HZ

SILENCE_SAMPLES = 16 * 1024
QUIET = ["-loglevel", "warning"]


def card_arguments(like: JoinableClip, frames: int, text_file: str, out_name: str, threads: int) -> list[str]:
    """A still of ``frames`` pictures, encoded as the clip ``like`` is. The text is drawn once."""
    assert like.video is not None
    (width, height), rate = like.video.size, like.video.rate
    fraction = f"{rate.numerator}/{rate.denominator}"
    graph = (
        f"color=c={BACKGROUND}:s={width}x{height}:r={fraction},trim=end_frame=1,format=yuv420p,"
        f"ass=f={escape(text_file)}:fontsdir={escape(str(FONTS_DIR))},{_colour(like)},"
        f"loop=loop={frames - 1}:size=1,setpts=N/({fraction}*TB)[v]"
    )
    return [*QUIET, "-filter_complex", graph, "-map", "[v]", *video_codec(rate, threads), *_mp4(out_name)]


def silence_arguments(channels: int, out_name: str) -> list[str]:
    layout = "mono" if channels == 1 else "stereo"
    graph = f"anullsrc=r={AUDIO_RATE_HZ}:cl={layout},atrim=end_sample={SILENCE_SAMPLES}[a]"
    return [*QUIET, "-filter_complex", graph, "-map", "[a]", *audio_codec(channels), *_mp4(out_name)]


def encode_arguments(clip: JoinableClip, like: JoinableClip, channels: int, out_name: str, threads: int) -> list[str]:
    """``clip`` once more, with the size and rate of ``like`` and the settings of all."""
    graphs, outputs = list[str](), list[str]()
    if clip.video is not None and like.video is not None:
        (width, height), rate = like.video.size, like.video.rate
        graphs.append(
            f"[0:v:0]fps={rate.numerator}/{rate.denominator},"
            f"scale={width}:{height}:force_original_aspect_ratio=decrease:force_divisible_by=2,"
            f"pad={width}:{height}:(ow-iw)/4*2:(oh-ih)/4*2:color={BACKGROUND},setsar=1,format=yuv420p,{_colour(like)}[v]"
        )
        outputs += ["-map", "[v]", *video_codec(rate, threads)]
    if clip.audio is not None:
        layout = "mono" if channels == 1 else "stereo"
        graphs.append(f"[0:a:0]aresample={AUDIO_RATE_HZ},aformat=sample_fmts=fltp:channel_layouts={layout}[a]")
        outputs += ["-map", "[a]", *audio_codec(channels)]
    filters = [part for graph in graphs for part in ("-filter_complex", graph)]
    return [*QUIET, *input_arguments(clip.path), *filters, *outputs, *_mp4(out_name)]


def _colour(like: JoinableClip) -> str:
    """Tags as the other clips have them: they are part of what a decoder is set up with."""
    matrix, transfer, primaries, colour_range = like.colour
    return f"setparams=range={colour_range}:colorspace={matrix}:color_trc={transfer}:color_primaries={primaries}"


def _mp4(out_name: str) -> list[str]:
    return [*NO_METADATA, "-f", "mp4", out_name]
