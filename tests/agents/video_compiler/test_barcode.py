"""Every wanted frame is in the clip, and no other, however the recording was written: each frame says its number."""

import random
from fractions import Fraction
from pathlib import Path

import av
import pytest

from agents.media.probe import open_media
from tests.agents.compiler_media import HEIGHT, WIDTH, barcode_frame, frame_numbers, raw_frames, raw_input, render
from tests.media_factory import make_media

pytestmark = pytest.mark.media

LONG_GOP = (
    "-c:v",
    "libx264",
    "-preset",
    "veryfast",
    "-g",
    "250",
    "-keyint_min",
    "250",
    "-sc_threshold",
    "0",
    "-bf",
    "3",
)
KEEP = (0.41, 1.03), (2.5, 2.54), (3.333, 3.777), (4.9, 5.31), (6.05, 6.6)
"""Off the grid of every rate; one of about a frame."""


def barcodes(path: Path, *options: str, rate: str = "25", frames: int = 200, inputs: tuple[str, ...] = ()) -> Path:
    """``frames`` numbered frames; ``options`` say how they are encoded."""
    raw = raw_frames(path.with_suffix(".gray"), (barcode_frame(n) for n in range(frames)))
    return make_media(path, *raw_input(raw, rate), *inputs, *options, "-pix_fmt", "yuv420p")


def wanted(rate: Fraction, *keep: tuple[float, float], first: int = 0) -> list[int]:
    return [n + first for start, end in keep for n in range(round(start * rate), round(end * rate))]


@pytest.mark.parametrize("rate", ["25", "30000/1001", "30", "60"])
@pytest.mark.parametrize("renderer", ["ffmpeg", "moviepy"])
def test_long_groups_of_pictures_with_b_frames(tmp_path: Path, rate: str, renderer: str) -> None:
    """The clip begins hundreds of frames after the only keyframe before it."""
    media = barcodes(tmp_path / "in.mp4", *LONG_GOP, rate=rate, frames=round(7 * Fraction(rate)))
    result, clip = render(media, tmp_path / "out", *KEEP, renderer=renderer)
    assert frame_numbers(clip) == wanted(Fraction(rate), *KEEP)
    assert result.warnings == ()


def test_ranges_about_a_keyframe_of_an_open_group(tmp_path: Path) -> None:
    """Frames just before a keyframe in time are stored behind it, and need the group before."""
    open_gop = ("-c:v", "libx264", "-preset", "veryfast", "-x264-params", "open-gop=1:keyint=40:bframes=3:scenecut=0")
    media = barcodes(tmp_path / "in.mkv", *open_gop)
    keep = (2.92, 3.36), (4.76, 4.88), (6.36, 6.44)
    _, clip = render(media, tmp_path / "out", *keep)
    assert frame_numbers(clip) == wanted(Fraction(25), *keep)


@pytest.mark.parametrize("renderer", ["ffmpeg", "moviepy"])
def test_jitter_of_less_than_half_a_frame_drops_and_repeats_nothing(tmp_path: Path, renderer: str) -> None:
    """A telephone's clock: each frame up to 12 ms early or late."""
    noise = random.Random(5)
    times_ms = [0, *(round(1000 * n / 30 + noise.uniform(-12, 12)) for n in range(1, 210))]
    media = uneven(tmp_path / "in.mp4", times_ms)
    keep = (0.5, 1.9), (2.7, 3.1), (4.0, 6.4)
    result, clip = render(media, tmp_path / "out", *keep, renderer=renderer)
    assert len(frame_numbers(clip)) / result.duration_s == pytest.approx(30, rel=0.01)
    assert frame_numbers(clip) == wanted(Fraction(30), *keep)


def test_uneven_frames_are_shown_when_they_are_due(tmp_path: Path) -> None:
    """Bursts and pauses of a screen recorder: at each moment the clip shows what the recording shows then."""
    noise = random.Random(3)
    times_ms = [0]
    while times_ms[-1] < 9000:
        times_ms.append(times_ms[-1] + noise.choice((8, 17, 33, 33, 41, 60, 120)))
    media = uneven(tmp_path / "in.mkv", times_ms)
    keep = (1.2, 3.0), (4.4, 7.9)
    result, clip = render(media, tmp_path / "out", *keep)
    shown = frame_numbers(clip)
    assert shown == sorted(shown)
    frame_s = result.duration_s / len(shown)
    moments = [start + (i + 0.5) * frame_s for start, end in keep for i in range(round((end - start) / frame_s))]
    assert len(moments) == len(shown)
    for moment_s, number in zip(moments, shown, strict=True):
        due_s, next_s = times_ms[number] / 1000, times_ms[number + 1] / 1000
        assert due_s - frame_s <= moment_s <= next_s + frame_s
    whole = range(min(shown), max(shown) + 1)
    slow = [n for n in whole if any(a + 0.02 < times_ms[n] / 1000 < times_ms[n + 1] / 1000 < b - 0.02 for a, b in keep)
            and times_ms[n + 1] - times_ms[n] > 1000 * frame_s + 1]  # fmt: skip
    assert len(slow) > 20
    assert set(slow) <= set(shown)


def uneven(path: Path, times_ms: list[int]) -> Path:
    """Frame n is shown from ``times_ms[n]``."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=30, options={"preset": "veryfast", "g": "60", "bf": "2"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 1000)
        for number, time_ms in enumerate(times_ms):
            frame = av.VideoFrame.from_ndarray(barcode_frame(number), format="gray").reformat(format="yuv420p")
            frame.pts, frame.time_base = time_ms, Fraction(1, 1000)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


@pytest.mark.parametrize("name", ["in.mkv", "in.ts", "in.mp4", "in.flv"])
def test_a_first_timestamp_that_is_not_zero(tmp_path: Path, name: str) -> None:
    """Times of a plan count from the file's start, whatever its first timestamp says."""
    plain = barcodes(tmp_path / "plain.mp4", *LONG_GOP[:2], "-g", "50", frames=180)
    media = make_media(tmp_path / name, "-i", str(plain), "-c", "copy", "-output_ts_offset", "12.48", "-copyts")
    with open_media(media) as container:
        assert (container.start_time or 0) > 12e6
    _, clip = render(media, tmp_path / "out", (1.2, 2.0), (3.0, 3.4))
    assert frame_numbers(clip) == [*range(30, 50), *range(75, 85)]


@pytest.mark.parametrize("name", ["in.ts", "in.mpg", "in.mkv"])
def test_long_groups_where_the_container_has_no_index_of_keyframes(tmp_path: Path, name: str) -> None:
    """A transport stream is entered anywhere, and nothing can be decoded before the next keyframe, ten seconds on."""
    codec = ("-c:v", "mpeg2video", "-q:v", "2", "-g", "250", "-bf", "2", "-sc_threshold", "1000000000")
    options = ("-live", "1") if name == "in.mkv" else ()
    media = barcodes(tmp_path / name, *codec, *options, frames=700)
    keep = (9.6, 10.4), (17.0, 17.2), (19.6, 20.4)
    for number, some in enumerate((keep, keep[1:], keep[2:])):
        _, clip = render(media, tmp_path / f"out{number}", *some)
        assert frame_numbers(clip) == wanted(Fraction(25), *some)


@pytest.mark.parametrize("sound", [True, False])
@pytest.mark.parametrize("renderer", ["ffmpeg", "moviepy"])
def test_an_edit_list_hides_what_was_cut_away_without_encoding(tmp_path: Path, sound: bool, renderer: str) -> None:
    """Cut at 2.6 s: the file still holds the frames from the keyframe at 2 s, and says not to show them."""
    tone = ("-f", "lavfi", "-i", "sine=frequency=300:duration=8") if sound else ()
    codec = ("-c:v", "libx264", "-preset", "veryfast", "-g", "50", "-bf", "3", "-c:a", "aac")
    whole = barcodes(tmp_path / "whole.mp4", *codec, inputs=tone)
    media = make_media(tmp_path / "in.mp4", "-ss", "2.6", "-i", str(whole), "-c", "copy")
    keep = (0.0, 0.4), (1.0, 1.6), (4.2, 4.6)
    _, clip = render(media, tmp_path / "out", *keep, renderer=renderer)
    assert frame_numbers(clip) == wanted(Fraction(25), *keep, first=65)
