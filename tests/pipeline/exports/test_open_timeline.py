"""The timeline opens with the library, and names the frames of the plan."""

import json
from fractions import Fraction

import opentimelineio as otio
import pytest

from pipeline.exports.open_timeline import to_otio
from tests.pipeline.exports.edit_factory import HOSTILE, make_edit, planned, topic

NTSC = Fraction(30000, 1001)
RATES = [Fraction(24000, 1001), Fraction(24), Fraction(25), NTSC, Fraction(30), Fraction(60000, 1001), Fraction(15)]


def opened(text: str) -> otio.schema.Timeline:
    timeline = otio.adapters.read_from_string(text, "otio_json")
    assert isinstance(timeline, otio.schema.Timeline)
    return timeline


def spans(track: otio.schema.Track) -> list[tuple[int, int]]:
    """First and last-plus-one frame of each clip, which must be whole."""
    found = []
    for clip in track:
        first, end = clip.source_range.start_time.value, clip.source_range.end_time_exclusive().value
        assert (first, end) == (int(first), int(end))
        found.append((int(first), int(end)))
    return found


@pytest.mark.parametrize("rate", RATES, ids=str)
def test_every_kept_range_is_a_clip_of_the_source_to_the_frame(rate: Fraction) -> None:
    edit = make_edit(planned(1, (301.0, 310.5), (311.2, 320.0)), planned(2, (20.04, 45.4)), rate=rate)
    timeline = opened(to_otio(edit))
    video, audio = timeline.tracks
    wanted = [(span.start, span.end) for clip in edit.cuts.clips for span in clip.ranges]
    assert spans(video) == spans(audio) == wanted
    assert (video.kind, audio.kind) == ("Video", "Audio")
    for clip in video:
        assert clip.source_range.start_time.rate == float(rate)
        assert clip.media_reference.target_url == "lecture.mp4"
        available = clip.media_reference.available_range
        assert (available.start_time.value, available.duration.value) == (0, round(600 * rate))
        assert available.contains(clip.source_range)
    assert timeline.duration().value == sum(end - start for start, end in wanted)
    assert [clip.name for clip in video] == ["1. A heap (1/2)", "1. A heap (2/2)", "2. A heap"]


def test_reasons_and_topics_are_markers() -> None:
    topics = (topic(0, 305, "Trees"), topic(305, 400, "Heaps"), topic(400, 600, "After"))
    clip = planned(1, (300.0, 310.0), (312.0, 320.0), reasons=("Defines: a heap", "Opens the topic “Heaps”"))
    video, audio = opened(to_otio(make_edit(clip, topics=topics))).tracks
    why, trees, heaps = video[0].markers
    assert (why.name, why.comment) == ("1. A heap", "Defines: a heap; Opens the topic “Heaps”")
    assert why.marked_range == video[0].source_range
    assert list(why.metadata["lectern"]["reasons"]) == ["Defines: a heap", "Opens the topic “Heaps”"]
    assert [(each.name, each.marked_range.start_time.value) for each in (trees, heaps)] == [
        ("Trees", 300 * 25),
        ("Heaps", 305 * 25),
    ]
    assert list(video[1].markers) == [], "a topic is marked where it is first heard"
    assert all(not clip.markers for clip in audio)


def test_a_recording_with_a_timecode_is_cut_by_it() -> None:
    edit = make_edit(planned(1, (10.0, 20.0)), timecode="01:00:00:00")
    clip = opened(to_otio(edit)).tracks[0][0]
    assert clip.source_range.start_time.to_timecode() == "01:00:10:00"
    assert clip.media_reference.available_range.start_time.to_timecode() == "01:00:00:00"
    assert clip.media_reference.available_range.contains(clip.source_range)


def test_sound_alone_is_cut_at_samples() -> None:
    edit = make_edit(planned(1, (10.0, 20.00005)), rate=Fraction(48000), video=False)
    (audio,) = opened(to_otio(edit)).tracks
    assert audio.kind == "Audio"
    assert spans(audio) == [(480_000, 960_002)]
    assert [marker.name for marker in audio[0].markers] == ["1. A heap"]


def test_pictures_alone_have_no_sound_track() -> None:
    (video,) = opened(to_otio(make_edit(planned(1, (10.0, 20.0)), channels=0))).tracks
    assert video.kind == "Video"


def test_without_clips_there_is_a_timeline() -> None:
    timeline = opened(to_otio(make_edit(topics=(topic(0, 600),))))
    assert [len(track) for track in timeline.tracks] == [0, 0]
    assert timeline.metadata["lectern"]["topics"][0]["title"] == "Heaps"


def test_text_of_others_stays_text() -> None:
    edit = make_edit(
        planned(1, (1.0, 9.0), title=HOSTILE, reasons=(HOSTILE,)), topics=(topic(0, 60, HOSTILE),), source="a b#%?.mp4"
    )
    text = to_otio(edit)
    json.loads(text.encode("utf-8"))
    clip = opened(text).tracks[0][0]
    assert "\n" not in clip.name
    assert otio.url_utils.filepath_from_url(clip.media_reference.target_url) == "a b#%?.mp4"
    assert clip.media_reference.name == "a b#%?.mp4"
