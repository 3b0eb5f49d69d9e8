"""Write: the filter graphs of a clip, from numbers alone. No text of a request ever gets into one.

One graph per stream; they share no filter, and FFmpeg runs each in a thread of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from agents.types import Rect
from agents.video_compiler.caption_strip import BurnedCaptions, any_of, caption_chains
from agents.video_compiler.geometry import Part, Scene, Size
from agents.video_compiler.loudness import LIMIT_DBFS, Side
from agents.video_compiler.poster_frames import poster_frames, written_frames
from agents.video_compiler.scenes import SceneRun, drawn
from agents.video_compiler.source import UNSPECIFIED, Colour, Source
from agents.video_compiler.timing import AUDIO_RATE_HZ, Cut, FrameRange, sample_at

BACKGROUND = "0x15171C"
FADE_S = 0.012
THUMBNAIL_SIDE = 1280
HD_FROM_LINES = 720  # untagged pictures of this height are BT.709 by convention, smaller ones BT.601


@dataclass(frozen=True)
class VideoSettings:
    """What the video graph is drawn from. ``seek_frame`` is the grid point that is FFmpeg's time zero."""

    source: Source
    cut: Cut
    seek_frame: int
    canvas: Size
    runs: tuple[SceneRun, ...]
    captions: BurnedCaptions | None
    fonts_dir: Path | None


def video_graph(settings: VideoSettings) -> str:
    """Outputs ``[v]``, the clip, and ``[thumb]``, candidates for its poster, without captions."""
    assert settings.source.video is not None
    runs = drawn(settings.runs)
    if len(runs) == 1:
        chains = [f"[0:{settings.source.video.index}]{_timing(settings)}[cut]"]
        chains += _scene(runs[0].scene, settings, "cut", "shown")
    else:
        chains = [
            f"[0:{settings.source.video.index}]{_timing(settings)},split={len(runs)}"
            + "".join(f"[cut{i}]" for i in range(len(runs)))
        ]
        for i, run in enumerate(runs):
            chains.append(f"[cut{i}]trim=start_frame={run.start}:end_frame={run.end},setpts=PTS-STARTPTS[run{i}]")
            chains += _scene(run.scene, settings, f"run{i}", f"shown{i}")
        shown = "".join(f"[shown{i}]" for i in range(len(runs)))
        chains.append(f"{shown}concat=n={len(runs)}:v=1:a=0[shown]")
    return ";".join([*chains, *finish(settings)])


def finish(settings: VideoSettings) -> list[str]:
    """From ``[shown]``, the composed picture, to ``[v]``, with its captions, and ``[thumb]``, without."""
    captions = caption_chains(settings.captions, settings.cut, settings.canvas, settings.fonts_dir)
    return ["[shown]split=2[plain][look]", *captions, *_thumbnail(settings)]


def _timing(settings: VideoSettings) -> str:
    """From the stream's own timestamps to the clip's frames, numbered from 0.

    The last picture is held where the stream ends early, and the first where it begins late.
    """
    cut, zero = settings.cut, settings.seek_frame
    filters = ["settb=AVTB"]
    if settings.source.interlaced:
        filters.insert(0, "bwdif=mode=send_frame:deint=interlaced")
    if abs(cut.phase_s) > 1e-6:
        filters.append(f"setpts=PTS-({cut.phase_s * 1e6:.0f})")
    filters += [
        f"fps=fps={_rate(cut)}:start_time=0:round=near",
        "tpad=stop=-1:stop_mode=clone",
        f"trim=end_pts={cut.ranges[-1].end - zero}",
    ]
    if len(cut.ranges) > 1 or cut.ranges[0].start > zero:
        filters += [f"select={_kept(cut.ranges, zero)}", "setpts=N"]
    return ",".join(filters)


def _kept(ranges: Sequence[FrameRange], zero: int) -> str:
    """True for the frames that stay, as a tree: FFmpeg refuses an expression some hundred terms deep."""
    if len(ranges) == 1:
        return f"between(pts\\,{ranges[0].start - zero}\\,{ranges[0].end - zero - 1})"
    half = len(ranges) // 2
    return f"if(lt(pts\\,{ranges[half].start - zero})\\,{_kept(ranges[:half], zero)}\\,{_kept(ranges[half:], zero)})"


def _scene(scene: Scene, settings: VideoSettings, label: str, out: str) -> list[str]:
    """The chains that draw one scene of ``[label]`` on the canvas as ``[out]``."""
    head = _standard_colour(settings.source.colour, settings.source.size)
    first = scene.parts[0]
    if len(scene.parts) == 1:
        return [f"[{label}]{_part(first, settings, head)},{_pad(first.target, settings.canvas)}[{out}]"]
    parts = scene.parts
    chains = [f"[{label}]{head},split={len(parts)}" + "".join(f"[{label}p{i}]" for i in range(len(parts)))]
    ground = f"[{label}p0]{_part(first, settings)},{_pad(first.target, settings.canvas)}"
    for i, part in enumerate(parts[1:], start=1):
        chains.append(f"[{label}p{i}]{_part(part, settings)}[{label}c{i}]")
        chains.append(f"{ground}[{label}g{i}]")
        ground = f"[{label}g{i}][{label}c{i}]overlay=x={part.target[0]}:y={part.target[1]}"
    chains.append(f"{ground}[{out}]")
    return chains


def _part(part: Part, settings: VideoSettings, head: str = "") -> str:
    """Crop, then scale. ``scale`` in front also evens out rotation, sample aspect and changes of size."""
    width, height = settings.source.size
    filters = [head] if head else []
    x, y, w, h = part.source
    if part.source != (0, 0, width, height):
        filters += [f"scale={width}:{height}", f"crop={w}:{h}:{x}:{y}"]
    if part.averaged:
        filters.append(f"scale={part.averaged[0]}:{part.averaged[1]}")
    filters += [f"scale={part.target[2]}:{part.target[3]}", "setsar=1", "format=yuv420p"]
    return ",".join(filters)


def _pad(target: Rect, canvas: Size) -> str:
    if target == (0, 0, *canvas):
        return "null"
    return f"pad={canvas[0]}:{canvas[1]}:{target[0]}:{target[1]}:color={BACKGROUND}"


def _standard_colour(colour: Colour, size: Size) -> str:
    """To limited-range SDR. A declared matrix is kept and tagged; an unknown one is named, never converted."""
    if colour.is_hdr:
        transfer = "smpte2084" if colour.transfer == 16 else "arib-std-b67"
        return (
            f"zscale=tin={transfer}:min=2020_ncl:pin=2020:rin={'pc' if colour.full_range else 'tv'}:t=linear:npl=203,"
            "format=gbrpf32le,zscale=p=709,tonemap=mobius:desat=0,zscale=t=709:m=709:r=tv,format=yuv420p"
        )
    if colour.rgb:
        return "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p,setparams=colorspace=bt709:range=tv"
    to_limited = "scale=out_range=tv," if colour.full_range else ""
    if colour.matrix != UNSPECIFIED:
        return to_limited + "setparams=range=tv"
    matrix = "bt709" if size[1] >= HD_FROM_LINES else "smpte170m"
    return f"{to_limited}setparams=range=tv:colorspace={matrix}:color_trc={matrix}:color_primaries={matrix}"


def _thumbnail(settings: VideoSettings) -> list[str]:
    """From ``[look]`` to ``[thumb]``: the candidates for the clip's poster, at their times."""
    scale = min(1.0, THUMBNAIL_SIDE / max(settings.canvas))
    width, height = (max(2, round(side * scale / 2) * 2) for side in settings.canvas)
    frames = any_of(written_frames(poster_frames(settings.cut, settings.runs)))
    return [f"[look]select={frames},scale={width}:{height}:out_color_matrix=bt601:out_range=pc,format=yuv420p[thumb]"]


def audio_graph(source: Source, cut: Cut, seek_frame: int, last: str) -> str:
    """Outputs ``[a]``: the kept ranges with short fades, then the filters ``last``.

    ``aresample`` puts the sound on the timeline: silence where packets are missing or the stream begins late,
    a slight stretch where a recorder's clock drifts. Lengths come from ``sample_at`` on the clip's frame count.
    """
    assert source.audio is not None
    zero_s = float(seek_frame / cut.rate)
    starts = [round((cut.source_s(kept.start) - zero_s) * AUDIO_RATE_HZ) for kept in cut.ranges]
    lengths = [
        sample_at(kept.clip_start + kept.frames, cut.rate) - sample_at(kept.clip_start, cut.rate) for kept in cut.ranges
    ]
    end = starts[-1] + lengths[-1]
    layout = "mono" if source.audio.channels == 1 else "stereo"
    line = (
        f"[0:{source.audio.index}]atrim=end={end / AUDIO_RATE_HZ + 1:.6f},"
        f"aresample={AUDIO_RATE_HZ}:async=1000:min_hard_comp=0.05:first_pts=0,"
        f"aformat=sample_fmts=fltp:channel_layouts={layout},apad,"
        f"atrim=start_sample={starts[0]}:end_sample={end},asetpts=PTS-STARTPTS"
    )
    if len(cut.ranges) == 1:
        return f"{line},{_fades(lengths[0])},{last}[a]"
    points: list[int] = []
    for start, length in zip(starts, lengths, strict=True):
        points += [start - starts[0], start - starts[0] + length]
    labels = [f"[k{i // 2}]" if i % 2 == 0 else f"[g{i // 2}]" for i in range(len(points) - 1)]
    chains = [f"{line},asegment=samples={'|'.join(map(str, points[1:-1]))}" + "".join(labels)]
    chains += [f"[g{i}]anullsink" for i in range(len(lengths) - 1)]
    chains += [f"[k{i}]asetpts=PTS-STARTPTS,{_fades(length)}[f{i}]" for i, length in enumerate(lengths)]
    joined = "".join(f"[f{i}]" for i in range(len(lengths)))
    return ";".join([*chains, f"{joined}concat=n={len(lengths)}:v=0:a=1,{last}[a]"])


def _fades(samples: int) -> str:
    """A fade in and out at a range's ends, so that a cut never clicks."""
    fade = min(round(FADE_S * AUDIO_RATE_HZ), samples // 2)
    return f"afade=t=in:ss=0:ns={fade},afade=t=out:ss={samples - fade}:ns={fade}"


def loudness_filters(gain_db: float, only: Side | None = None) -> str:
    """A constant gain with a limiter behind it: what is loud and what is quiet keep their distance.

    A sound that is on ``only`` one side of two is put on both.
    """
    limit = 10 ** (LIMIT_DBFS / 20)
    both = {None: "", "left": "pan=stereo|c0=c0|c1=c0,", "right": "pan=stereo|c0=c1|c1=c1,"}[only]
    return (
        f"{both}volume={gain_db:.2f}dB:precision=float,alimiter=limit={limit:.4f}:level=0:latency=1:attack=5:release=60"
    )


def _rate(cut: Cut) -> str:
    return f"{cut.rate.numerator}/{cut.rate.denominator}"
