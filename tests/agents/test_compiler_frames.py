"""Every wanted frame is in the clip, and no other: the frames themselves say who they are."""

from fractions import Fraction
from pathlib import Path

import pytest

from agents.media.probe import open_media
from tests.agents.compiler_media import barcode_frame, barcode_video, frame_numbers, raw_frames, raw_input, render
from tests.media_factory import make_media

pytestmark = pytest.mark.media


def expected(rate: Fraction, *keep: tuple[float, float]) -> list[int]:
    return [n for start, end in keep for n in range(round(start * rate), round(end * rate))]


@pytest.mark.parametrize("rate", ["25", "30", "30000/1001"])
def test_steady_rates_keep_exactly_the_frames_of_the_plan(tmp_path: Path, rate: str) -> None:
    media = barcode_video(tmp_path / "in.mp4", rate=rate, frames=220)
    keep = (0.2, 1.0), (1.52, 1.96), (2.4, 4.0), (5.0, 5.12)
    result, clip = render(media, tmp_path / "out", *keep)
    wanted = expected(Fraction(rate), *keep)
    assert frame_numbers(clip) == wanted
    assert result.video_duration_s == pytest.approx(len(wanted) / Fraction(rate), abs=0.001)
    assert result.audio_duration_s == pytest.approx(result.duration_s, abs=0.001)
    with open_media(clip) as container:
        assert container.streams.video[0].average_rate == Fraction(rate)


def test_a_clip_late_in_the_file_starts_on_its_frame(tmp_path: Path) -> None:
    media = barcode_video(tmp_path / "in.mkv", frames=900)
    _, clip = render(media, tmp_path / "out", (31.32, 32.2), (34.0, 34.4))
    assert frame_numbers(clip) == expected(Fraction(25), (31.32, 32.2), (34.0, 34.4))


def test_millisecond_timestamps_and_a_late_start_drop_and_repeat_nothing(tmp_path: Path) -> None:
    steady = barcode_video(tmp_path / "steady.mp4", rate="30000/1001", frames=200)
    media = make_media(tmp_path / "in.mkv", "-itsoffset", "0.217", "-i", str(steady), "-i", str(steady),
                       "-map", "0:v", "-map", "1:a", "-c", "copy")  # fmt: skip
    _, clip = render(media, tmp_path / "out", (1.217, 2.218), (4.22, 5.22))
    assert frame_numbers(clip) == [*range(30, 60), *range(120, 150)]


def test_uneven_timestamps_show_each_frame_at_its_own_time(tmp_path: Path) -> None:
    """Frame n is shown from n * 40 ms, but of each five the second and third are missing."""
    kept = [n for n in range(250) if n % 5 not in (1, 2)]
    raw = raw_frames(tmp_path / "in.gray", (barcode_frame(n) for n in range(250)))
    media = make_media(
        tmp_path / "in.mp4", *raw_input(raw, "25"), "-vf", "select='not(eq(mod(n,5),1)+eq(mod(n,5),2))'",
        "-fps_mode", "vfr", "-c:v", "libx264", "-preset", "ultrafast", "-g", "30", "-pix_fmt", "yuv420p",
    )  # fmt: skip
    result, clip = render(media, tmp_path / "out", (2.04, 4.0), (6.08, 8.0))
    shown = [max(k for k in kept if k <= n) for n in expected(Fraction(25), (2.04, 4.0), (6.08, 8.0))]
    assert frame_numbers(clip) == shown
    assert result.audio_duration_s is None


def test_a_picture_that_stays_for_seconds_is_there_when_the_clip_begins_in_it(tmp_path: Path) -> None:
    """A screen recorder writes a frame only when something moves: here at 0, 8 and 10 s."""
    raw = raw_frames(tmp_path / "in.gray", (barcode_frame(n) for n in (100, 200, 300, 400)))
    times = "settb=1/1000,setpts='1000*(8*gte(N,1)+2*gte(N,2)+2*gte(N,3))'"
    codecs = ["-fps_mode", "passthrough", "-enc_time_base", "1:1000", "-c:v", "libx264", "-pix_fmt", "yuv420p"]
    media = make_media(tmp_path / "in.mp4", *raw_input(raw, "1"), "-vf", times, *codecs)
    result, clip = render(media, tmp_path / "out", (6.0, 7.0), (9.5, 10.5))
    numbers = frame_numbers(clip)
    rate = len(numbers) / result.duration_s
    assert 12 <= rate <= 60
    changes = [(n, i / rate) for i, n in enumerate(numbers) if i == 0 or numbers[i - 1] != n]
    assert [n for n, _ in changes] == [100, 200, 300]
    assert changes[1][1] == pytest.approx(1.0, abs=1 / rate)
    assert changes[2][1] == pytest.approx(1.5, abs=1 / rate)


def test_the_last_picture_is_held_where_the_sound_goes_on(tmp_path: Path) -> None:
    media = barcode_video(tmp_path / "in.mp4", frames=50, sound_s=4.0)
    result, clip = render(media, tmp_path / "out", (1.0, 3.0))
    assert frame_numbers(clip) == [*range(25, 50), *[49] * 25]
    assert result.audio_duration_s == pytest.approx(2.0, abs=0.001)
    _, beyond = render(media, tmp_path / "beyond", (3.2, 3.8))
    assert frame_numbers(beyond) == [49] * 15


@pytest.mark.parametrize("name", ["in.h264", "in.webm"])
def test_a_stream_without_an_index_is_cut_on_its_frames(tmp_path: Path, name: str) -> None:
    """A bare elementary stream, and what a browser records: neither duration nor index."""
    whole = barcode_video(tmp_path / "whole.mp4", frames=200)
    codecs = (
        ["-c:v", "copy", "-an"] if name.endswith("h264") else ["-c:v", "libvpx", "-deadline", "realtime", "-live", "1"]
    )
    media = make_media(tmp_path / name, "-i", str(whole), *codecs)
    _, clip = render(media, tmp_path / "out", (5.0, 5.6), (6.0, 6.4))
    assert frame_numbers(clip) == [*range(125, 140), *range(150, 160)]


def test_hundreds_of_cuts_are_one_graph(tmp_path: Path) -> None:
    media = barcode_video(tmp_path / "in.mp4", frames=900)
    keep = [(n / 25, (n + 2) / 25) for n in range(40, 880, 4)]
    result, clip = render(media, tmp_path / "out", *keep)
    assert frame_numbers(clip) == [k for n in range(40, 880, 4) for k in (n, n + 1)]
    assert result.audio_duration_s == pytest.approx(result.duration_s, abs=0.001)
