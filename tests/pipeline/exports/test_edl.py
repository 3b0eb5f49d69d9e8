"""The EDL opens with the library, whatever the frame rate, and names the frames of the plan."""

from fractions import Fraction

import opentimelineio as otio
import pytest

from pipeline.exports.edit import Edit
from pipeline.exports.edl import to_edl
from tests.pipeline.exports.edit_factory import HOSTILE, make_edit, planned

NTSC, NTSC_60 = Fraction(30000, 1001), Fraction(60000, 1001)
CLIPS = (planned(1, (301.0, 310.5), (311.2, 320.0)), planned(2, (20.04, 45.4)), planned(3, (3590.0, 3661.7)))


def opened(text: str, rate: Fraction) -> otio.schema.Timeline:
    timeline = otio.adapters.read_from_string(text, "cmx_3600", rate=float(rate))
    assert isinstance(timeline, otio.schema.Timeline)
    return timeline


def spans(track: otio.schema.Track) -> list[tuple[int, int]]:
    ranges = (clip.source_range for clip in track)
    return [(round(r.start_time.value), round(r.end_time_exclusive().value)) for r in ranges]


def wanted(edit: Edit, times: int = 1, start: int = 0) -> list[tuple[int, int]]:
    spans = [span for clip in edit.cuts.clips for span in clip.ranges]
    return [(span.start * times + start, span.end * times + start) for span in spans]


@pytest.mark.parametrize(
    ("rate", "counted"),
    [
        *((Fraction(rate), Fraction(rate)) for rate in (24, 25, 30, 48, 50, 60)),
        *((rate, rate) for rate in (Fraction(24000, 1001), NTSC, NTSC_60)),
        *((Fraction(12), Fraction(24)), (Fraction(15), Fraction(30)), (Fraction(20), Fraction(60))),
        (Fraction(25, 2), Fraction(25)),
        (Fraction(15000, 1001), NTSC),
    ],
    ids=str,
)
def test_every_kept_range_is_an_event_to_the_frame(rate: Fraction, counted: Fraction) -> None:
    edit = make_edit(*CLIPS, rate=rate, duration_s=4000.0)
    text = to_edl(edit)
    timeline = opened(text, counted)
    assert [track.name for track in timeline.tracks] == ["V", "A1", "A2"]
    for track in timeline.tracks:
        assert spans(track) == wanted(edit, times=int(counted / rate))
        assert all(clip.media_reference.target_url == "lecture.mp4" for clip in track)
        assert all(clip.name == "lecture.mp4" for clip in track)
    drop = counted in (NTSC, NTSC_60)
    assert text.splitlines()[:2] == ["TITLE: lecture", f"FCM: {'DROP FRAME' if drop else 'NON-DROP FRAME'}"]
    events = [line for line in text.splitlines() if line[:3].isdigit()]
    assert len(events) == 4
    assert all((";" in line) == drop for line in events)


def test_drop_frame_counts_as_smpte_says() -> None:
    edit = make_edit(planned(1, (60.06, 600.6)), rate=NTSC)
    (event,) = (line for line in to_edl(edit).splitlines() if line[:3].isdigit())
    assert event.split()[4:6] == ["00:01:00;02", "00:10:00;18"]


@pytest.mark.parametrize(
    ("timecode", "rate", "mode", "first"),
    [
        ("01:00:00:00", Fraction(25), "NON-DROP FRAME", "01:00:10:00"),
        ("01:00:00:00", NTSC, "NON-DROP FRAME", "01:00:10:00"),
        ("01:00:00;00", NTSC, "DROP FRAME", "01:00:10;00"),
        ("01:00:00.00", NTSC, "DROP FRAME", "01:00:10;00"),
        ("10:00:00;00", Fraction(25), "NON-DROP FRAME", "00:00:10:00"),
    ],
)
def test_the_recording_s_own_timecode_is_kept(timecode: str, rate: Fraction, mode: str, first: str) -> None:
    edit = make_edit(planned(1, (300 / float(rate) if rate == NTSC else 10.0, 20.0)), rate=rate, timecode=timecode)
    text = to_edl(edit)
    assert f"FCM: {mode}" in text
    (event,) = (line for line in text.splitlines() if line[:3].isdigit())
    assert event.split()[4] == first
    assert len(opened(text, rate).tracks[0]) == 1


@pytest.mark.parametrize(
    ("video", "channels", "tracks"),
    [(True, 0, ["V"]), (True, 1, ["V", "A1"]), (True, 6, ["V", "A1", "A2"]), (False, 2, ["A1", "A2"])],
)
def test_picture_and_sound_are_named(video: bool, channels: int, tracks: list[str]) -> None:
    rate = Fraction(25) if video else Fraction(48000)
    timeline = opened(
        to_edl(make_edit(planned(1, (10.0, 20.0)), rate=rate, video=video, channels=channels)), Fraction(25)
    )
    assert [track.name for track in timeline.tracks] == tracks
    assert spans(timeline.tracks[0]) == [(250, 500)]


def test_without_clips_there_is_an_empty_list() -> None:
    assert list(opened(to_edl(make_edit()), Fraction(25)).tracks) == []


def test_titles_and_reasons_are_comments_and_never_events() -> None:
    clip = planned(1, (1.0, 9.0), title=HOSTILE, reasons=(HOSTILE, "Sums up"))
    text = to_edl(make_edit(clip, planned(2, (20.0, 30.0)), source="x\n002  AX V C.mp4"))
    assert len([line for line in text.splitlines() if line[:3].isdigit()]) == 2
    first = opened(text, Fraction(25)).tracks[0][0]
    comments = first.metadata["cmx_3600"]["comments"]
    assert comments[0].startswith("COMMENT: 1. Why <script>")
    assert comments[-1] == "COMMENT: WHY: Sums up"
    text.encode("utf-8")
