"""The cuts that editors are told are the frames that the renderer takes."""

from pathlib import Path

import pytest

from agents.types import CutListRequest, PlannedClip, TimeRange
from agents.video_compiler import cut_list
from tests.agents.compiler_media import barcode_video, frame_numbers, render
from tests.media_factory import make_media

pytestmark = pytest.mark.media


def clip(*keep: tuple[float, float]) -> PlannedClip:
    ranges = tuple(TimeRange(*pair) for pair in keep)
    return PlannedClip(1, "A clip", "", ranges[0].start_s, ranges[-1].end_s, ranges, 1.0, {}, (), ())


@pytest.mark.parametrize("rate", ["25", "30000/1001", "15"])
def test_frames_are_those_of_the_rendered_clip(rate: str, tmp_path: Path) -> None:
    keep = ((0.61, 1.93), (2.2, 3.111))
    source = barcode_video(tmp_path / "s.mp4", rate=rate, frames=120)
    found = cut_list.run(CutListRequest(str(source), (clip(*keep),)), lambda _fraction, _message: None)
    numerator, _, denominator = rate.partition("/")
    assert found.rate == (int(numerator), int(denominator or 1))
    assert (found.video, found.audio_channels, found.timecode) == (True, 1, None)
    (frames,) = found.clips
    wanted = [number for span in frames.ranges for number in range(span.start, span.end)]
    _, path = render(source, tmp_path / "out", *keep)
    assert frame_numbers(path) == wanted


def test_a_timecode_is_told(tmp_path: Path) -> None:
    plain = barcode_video(tmp_path / "p.mp4", frames=25)
    copied = ("-i", str(plain), "-c", "copy", "-timecode")
    for name, said in (("a.mov", "01:02:03:04"), ("b.mp4", "10:00:00:00")):
        source = make_media(tmp_path / name, *copied, said)
        assert cut_list.run(CutListRequest(str(source), ()), lambda _fraction, _message: None).timecode == said
    source = make_media(tmp_path / "c.mp4", "-i", str(plain), "-c", "copy", "-metadata", "timecode=$(id)")
    assert cut_list.run(CutListRequest(str(source), ()), lambda _fraction, _message: None).timecode is None


def test_sound_alone_is_counted_in_samples(tmp_path: Path) -> None:
    source = make_media(tmp_path / "s.m4a", "-f", "lavfi", "-i", "sine=duration=5", "-ac", "2", "-c:a", "aac")
    found = cut_list.run(CutListRequest(str(source), (clip((1.0, 2.5)),)), lambda _fraction, _message: None)
    assert (found.rate, found.video, found.audio_channels) == ((48_000, 1), False, 2)
    assert [(span.start, span.end) for span in found.clips[0].ranges] == [(48_000, 120_000)]
