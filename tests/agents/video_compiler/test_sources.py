"""Recordings of every make become clips that any player shows right: upright, square, progressive, SDR, BT.709."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from agents.media.audio import decode
from agents.media.frames import frame_at
from agents.media.probe import open_media, probe
from agents.types import ClipLayout
from tests.agents.compiler_media import barcode_frame, frame_numbers, raw_frames, raw_input, render
from tests.media_factory import make_media

pytestmark = pytest.mark.media

BT709, LIMITED = 1, 1
RENDERERS = pytest.mark.parametrize("renderer", ["ffmpeg", "moviepy"])
WHITE_NITS = 203  # ITU-R BT.2408: paper in an HDR picture
X265 = ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error:qp=8")


def picture(clip: Path, time_s: float = 0.2) -> NDArray[np.float64]:
    return frame_at(clip, time_s).picture.astype(np.float64)


def tags(clip: Path) -> tuple[int, int, int, int]:
    """Matrix, transfer, primaries and range as the clip declares them (ITU-T H.273)."""
    with open_media(clip) as container:
        context: Any = container.streams.video[0].codec_context
        values = context.colorspace, context.color_trc, context.color_primaries, context.color_range
        return tuple(int(value) for value in values)  # type: ignore[return-value]  # four of them


def hdr(
    path: Path, transfer: str, *, peak: float = 1.0, pixels: str = "yuv420p10le", codec: tuple[str, ...] = X265
) -> Path:
    """Bars from black to paper white, then red, green and blue; all at ``peak`` times the light of paper."""
    bars = [f"color={c}:s=80x180:r=25:d=1,format=gbrp" for c in ("black", "0x404040", "0x808080", "0xC0C0C0", "white")]
    bars += [f"color={c}:s=80x180:r=25:d=1,format=gbrp" for c in ("0xC00000", "0x00C000", "0x0000C0")]
    names = "".join(f"[b{i}]" for i in range(len(bars)))
    graph = (
        ";".join(f"{bar}[b{i}]" for i, bar in enumerate(bars))
        + f";{names}hstack=inputs={len(bars)},setparams=color_primaries=bt709:color_trc=bt709:colorspace=gbr,"
        + "zscale=t=linear:npl=100,format=gbrpf32le,"
        + f"zscale=tin=linear:t={transfer}:p=bt2020:m=bt2020nc:r=tv:npl={WHITE_NITS * peak:.0f},format={pixels}[v]"
    )
    return make_media(path, "-filter_complex", graph, "-map", "[v]", *codec, "-color_primaries", "bt2020",
                      "-color_trc", transfer, "-colorspace", "bt2020nc", "-color_range", "tv")  # fmt: skip


@RENDERERS
@pytest.mark.parametrize("transfer", ["smpte2084", "arib-std-b67"])
def test_hdr_becomes_sdr_of_the_same_look(tmp_path: Path, transfer: str, renderer: str) -> None:
    media = hdr(tmp_path / "in.mp4", transfer)
    result, clip = render(media, tmp_path / "out", (0.0, 0.6), renderer=renderer)
    assert tags(clip) == (BT709, BT709, BT709, LIMITED)
    video = probe(clip).video
    assert video is not None
    assert video.pixel_format == "yuv420p"
    shot = picture(clip)
    patches = [shot[60:120, 80 * i + 20 : 80 * i + 60].mean(axis=(0, 1)) for i in range(8)]
    greys = [patch.mean() for patch in patches[:5]]
    assert greys[0] < 8
    assert all(after > before + 20 for before, after in pairwise(greys))
    assert greys[4] > 205  # what is brighter than paper needs the rest
    assert max(np.ptp(patch) for patch in patches[:5]) < 8  # grey stays grey
    for patch, channel in zip(patches[5:], (2, 1, 0), strict=True):
        assert patch.argmax() == channel
        assert patch[channel] > 120
        assert np.delete(patch, channel).max() < 0.45 * patch[channel]
    assert result.warnings == ()


def test_light_brighter_than_paper_is_brighter_in_the_clip(tmp_path: Path) -> None:
    """At four times the light of paper, a lamp or the sky, bars still differ, and nothing turns to another colour."""
    media = hdr(tmp_path / "in.mp4", "smpte2084", peak=4.0)
    _, clip = render(media, tmp_path / "out", (0.0, 0.4))
    shot = picture(clip)
    patches = [shot[60:120, 80 * i + 20 : 80 * i + 60].mean(axis=(0, 1)) for i in range(8)]
    greys = [patch.mean() for patch in patches[:5]]
    assert 225 < greys[4] <= 255
    assert all(after > before + 3 for before, after in pairwise(greys))
    for patch, channel in zip(patches[5:], (2, 1, 0), strict=True):
        assert patch.argmax() == channel


def test_hdr_beside_a_camera(tmp_path: Path) -> None:
    """Parts of one frame are mapped before they are cut out of it."""
    media = hdr(tmp_path / "in.mp4", "arib-std-b67")
    layout = (ClipLayout(0.0, 1.0, "side_by_side", "split", (0, 0, 400, 180), (400, 0, 240, 180)),)
    result, clip = render(media, tmp_path / "out", (0.0, 0.4), layout=layout)
    assert tags(clip) == (BT709, BT709, BT709, LIMITED)
    shot = picture(clip)
    assert shot.max() > 200
    assert result.warnings == ()


@RENDERERS
@pytest.mark.parametrize(("turn", "corner"), [("-90", (0, 1)), ("180", (1, 1)), ("90", (1, 0))])
def test_turned_recordings_are_upright(tmp_path: Path, turn: str, corner: tuple[int, int], renderer: str) -> None:
    """What is stored top left is shown in ``corner`` (row, column); a screen's rectangle is one of the shown frame."""
    flat = make_media(tmp_path / "flat.mp4", "-f", "lavfi", "-i",
                      "color=gray:s=320x180:r=25:d=1,drawbox=x=0:y=0:w=80:h=80:color=white:t=fill",
                      "-c:v", "libx264", "-preset", "ultrafast")  # fmt: skip
    media = make_media(tmp_path / "in.mp4", "-display_rotation", turn, "-i", str(flat), "-c", "copy")
    result, clip = render(media, tmp_path / "out", (0.2, 0.6), renderer=renderer)
    width, height = (320, 180) if turn == "180" else (180, 320)
    assert (result.width, result.height) == (width, height)
    shot = picture(clip)[..., 1]
    assert shot[30 if corner[0] == 0 else height - 30, 30 if corner[1] == 0 else width - 30] > 220
    assert (shot > 200).mean() == pytest.approx(80 * 80 / (320 * 180), rel=0.05)


@RENDERERS
@pytest.mark.parametrize(("stored", "aspect"), [("360x288", "16/15"), ("360x288", "64/45"), ("240x270", "2/1")])
def test_circles_are_round(tmp_path: Path, stored: str, aspect: str, renderer: str) -> None:
    """Pixels that are not square: what is stored narrow is shown wide."""
    width, height = map(int, stored.split("x"))
    across, down = (int(part) for part in aspect.split("/"))
    disc = f"geq=lum='if(lt(hypot((X-{width / 2})*{across / down}\\,Y-{height / 2})\\,90)\\,235\\,16)':cb=128:cr=128"
    shown = f"color=black:s={stored}:r=25:d=0.4,{disc},setsar={aspect}"
    media = make_media(tmp_path / "in.mp4", "-f", "lavfi", "-i", shown,
                       "-c:v", "libx264", "-pix_fmt", "yuv420p")  # fmt: skip
    _, clip = render(media, tmp_path / "out", (0.0, 0.4), renderer=renderer)
    rows, columns = np.nonzero(picture(clip)[..., 1] > 128)
    assert np.ptp(columns) == pytest.approx(np.ptp(rows), abs=3)
    assert np.ptp(rows) == pytest.approx(180, abs=3)


SAMPLED = {
    "422-10.mov": ("-c:v", "prores_ks", "-profile:v", "3", "-pix_fmt", "yuv422p10le"),
    "444-10.mkv": ("-c:v", "libx264", "-preset", "ultrafast", "-crf", "10", "-pix_fmt", "yuv444p10le"),
    "422.mkv": ("-c:v", "libx264", "-preset", "ultrafast", "-crf", "10", "-pix_fmt", "yuv422p"),
    "420-10.mp4": (*X265, "-pix_fmt", "yuv420p10le"),
    "full-range.mkv": ("-c:v", "mjpeg", "-q:v", "2", "-pix_fmt", "yuvj422p"),
    "rgb.mkv": ("-c:v", "libx264rgb", "-preset", "ultrafast", "-crf", "10", "-pix_fmt", "rgb24"),
    "grey.mkv": ("-c:v", "ffv1", "-pix_fmt", "gray"),
    "fields.mpg": ("-c:v", "mpeg2video", "-q:v", "2", "-flags", "+ildct+ilme", "-pix_fmt", "yuv420p"),
    "fields.mkv": ("-c:v", "libx264", "-preset", "ultrafast", "-x264-params", "tff=1", "-pix_fmt", "yuv420p"),
}


@pytest.mark.parametrize("name", SAMPLED)
def test_every_sampling_keeps_its_frames_and_its_light(tmp_path: Path, name: str) -> None:
    raw = raw_frames(tmp_path / "in.gray", (barcode_frame(n) for n in range(60)))
    grey = ("-vf", "setfield=tff,format=yuv420p") if name.startswith("fields") else ()
    media = make_media(tmp_path / name, *raw_input(raw, "25"), *grey, *SAMPLED[name])
    _, clip = render(media, tmp_path / "out", (0.4, 1.2), (1.6, 2.0))
    assert frame_numbers(clip) == [*range(10, 30), *range(40, 50)]
    video = probe(clip).video
    assert video is not None
    assert (video.pixel_format, tags(clip)[3]) == ("yuv420p", LIMITED)
    before, after = picture(media, 0.5), picture(clip, 0.1)
    assert np.abs(before[20:40] - after[20:40]).mean() < 3
    assert np.abs(np.percentile(before, (5, 95)) - np.percentile(after, (5, 95))).max() < 6


@pytest.mark.parametrize(
    ("layout", "heard"), [("mono", "c0=c0"), ("5.1", "FC=c0"), ("7.1", "FC=c0"), ("stereo", "c0=c0")]
)
def test_speech_is_heard_from_any_channel(tmp_path: Path, layout: str, heard: str) -> None:
    """A voice in the centre of surround sound is in both ears; what is only left stays left."""
    voice = "anoisesrc=color=pink:duration=6:seed=3:sample_rate=48000,tremolo=f=4:d=0.8,volume=-14dB"
    media = make_media(tmp_path / "in.mkv", "-f", "lavfi", "-i", f"{voice},pan={layout}|{heard}", "-c:a", "flac")
    result, clip = render(media, tmp_path / "out", (1.0, 5.0))
    audio = probe(clip).audio
    assert audio is not None
    assert audio.channels == (1 if layout == "mono" else 2)
    assert result.audio_duration_s == pytest.approx(4.0, abs=0.001)
    assert np.sqrt(np.mean(decode(clip).astype(np.float64) ** 2)) > 1000


@RENDERERS
def test_a_recording_without_sound(tmp_path: Path, renderer: str) -> None:
    raw = raw_frames(tmp_path / "in.gray", (barcode_frame(n) for n in range(60)))
    media = make_media(tmp_path / "in.mp4", *raw_input(raw, "25"), "-c:v", "libx264", "-pix_fmt", "yuv420p")
    result, clip = render(media, tmp_path / "out", (0.4, 1.2), renderer=renderer)
    assert frame_numbers(clip) == [*range(10, 30)]
    assert (result.audio_duration_s, result.warnings) == (None, ())
