"""The example lecture: the committed files agree with each other, and its script's timeline holds together."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pysubs2
import pytest

from agents.media.probe import probe
from examples import voice
from examples.camera import motion
from examples.make_lecture import captions, gold
from examples.narration import FPS, LAYOUTS, LINES, SIZE, TOPICS, timeline
from examples.slides import PAGES

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
VIDEO = EXAMPLES / "lecture.mp4"
LENGTHS_S = [0.35 * len(line.text.split()) for line in LINES]


@pytest.fixture(scope="module")
def truth() -> dict[str, Any]:
    document: dict[str, Any] = json.loads((EXAMPLES / "lecture.gold.json").read_text(encoding="utf-8"))
    return document


@pytest.fixture(scope="module")
def cues() -> list[tuple[float, float, str]]:
    return _cues((EXAMPLES / "lecture.vtt").read_text(encoding="utf-8"))


def _cues(vtt: str) -> list[tuple[float, float, str]]:
    events = pysubs2.SSAFile.from_string(vtt, format_="vtt")
    return [(event.start / 1000, event.end / 1000, event.plaintext.replace("\n", " ")) for event in events]


def test_video_is_small_and_starts_to_play_before_it_is_all_there() -> None:
    assert VIDEO.stat().st_size < 4_000_000
    head = VIDEO.read_bytes()
    assert 0 < head.index(b"moov") < head.index(b"mdat")


@pytest.mark.media
def test_video_holds_what_the_truth_says(truth: dict[str, Any]) -> None:
    info = probe(VIDEO)
    assert info.video is not None
    assert info.audio is not None
    assert [info.video.width, info.video.height] == truth["size"] == list(SIZE)
    assert (info.video.codec, info.audio.codec, info.video.frame_rate) == ("h264", "aac", FPS)
    assert 110 <= info.duration_s <= 130
    assert info.duration_s == pytest.approx(truth["duration"], abs=0.1)


def test_captions_say_the_narration_in_order(cues: list[tuple[float, float, str]], truth: dict[str, Any]) -> None:
    assert [text for _, _, text in cues] == [line.text for line in LINES]
    assert all(start_s < end_s for start_s, end_s, _ in cues)
    assert all(end_s <= next_s for (_, end_s, _), (next_s, _, _) in pairwise(cues))
    assert cues[0][0] > 0
    assert cues[-1][1] < truth["duration"]


def test_pauses_are_those_of_the_narration(cues: list[tuple[float, float, str]]) -> None:
    pauses_s = [after[0] - before[1] for before, after in pairwise(cues)]
    assert pauses_s == pytest.approx([line.pause_s for line in LINES[:-1]], abs=0.002)
    assert sum(pause_s >= 1.4 for pause_s in pauses_s) >= 4


def test_truth_covers_the_lecture(truth: dict[str, Any], cues: list[tuple[float, float, str]]) -> None:
    layouts = truth["layouts"]
    assert layouts[0]["start"] == 0
    assert layouts[-1]["end"] == truth["duration"]
    assert all(before["end"] == after["start"] for before, after in pairwise(layouts))
    assert {span["layout"] for span in layouts} == set(LAYOUTS)
    for span in layouts:
        places = {key: tuple(span[key]) for key in ("screen", "camera") if key in span}
        assert places == LAYOUTS[span["layout"]]
    assert truth["slide_changes"] == [topic["start"] for topic in truth["fine"]]
    assert len(truth["slide_changes"]) == len(PAGES)
    for start_s, end_s in truth["speech"]:
        assert any(first_s - 0.002 <= start_s < end_s <= last_s + 0.002 for first_s, last_s, _ in cues)


def test_timeline_shows_every_slide_and_layout_without_a_gap() -> None:
    times = timeline(LENGTHS_S)
    assert [int(span.value) for span in times.slides] == list(TOPICS) == list(range(1, len(PAGES) + 1))
    assert {span.value for span in times.layouts} == set(LAYOUTS)
    for spans in (times.slides, times.layouts):
        assert spans[0].start_s == 0
        assert spans[-1].end_s == times.duration_s
        assert all(before.end_s == after.start_s for before, after in pairwise(spans))
        assert all(span.end_s - span.start_s > 5 for span in spans)
    assert all(end_s < next_s for (_, end_s), (next_s, _) in pairwise(times.spoken))


def test_nothing_changes_on_the_screen_while_a_sentence_is_spoken() -> None:
    times = timeline(LENGTHS_S)
    changes_s = [span.start_s for span in (*times.slides, *times.layouts)]
    assert not [c for c in changes_s for start_s, end_s in times.spoken if start_s < c < end_s]


def test_rectangles_lie_inside_the_picture() -> None:
    for places in LAYOUTS.values():
        for x, y, width, height in places.values():
            assert x >= 0
            assert y >= 0
            assert x + width <= SIZE[0]
            assert y + height <= SIZE[1]
            assert width % 2 == height % 2 == x % 2 == y % 2 == 0


def test_captions_and_truth_are_written_from_the_timeline() -> None:
    times = timeline(LENGTHS_S)
    written = [(start_s, end_s) for start_s, end_s, _ in _cues(captions(times))]
    assert written == [pytest.approx(spoken, abs=0.001) for spoken in times.spoken]
    document = gold(times, list(times.spoken))
    assert document["duration"] == times.duration_s
    assert document["slide_changes"] == [span.start_s for span in times.slides]


def test_a_sentence_that_pauses_is_two_intervals_of_speech() -> None:
    times = timeline(LENGTHS_S)
    takes = [np.full(round(length_s * voice.RATE_HZ), 0.5, np.float32) for length_s in LENGTHS_S]
    takes[1][voice.RATE_HZ : 2 * voice.RATE_HZ] = 0
    intervals = voice.spoken_intervals(takes, times)
    assert len(intervals) == len(LINES) + 1
    start_s = times.spoken[1][0]
    assert intervals[1] == pytest.approx((start_s, start_s + 1), abs=0.001)
    assert intervals[2] == pytest.approx((start_s + 2, times.spoken[1][1]), abs=0.001)


def test_the_mouth_opens_with_the_voice_and_closes_without() -> None:
    second = np.sin(np.arange(voice.RATE_HZ) * 0.05).astype(np.float32)
    moves = motion(np.concatenate([second * 0.5, second * 0, second * 0.5]), voice.RATE_HZ, 3 * FPS)
    assert moves.mouth[5:20].min() > 0.8
    assert moves.mouth[30:45].max() < 0.05
    assert np.ptp(moves.head_deg) > 0.5
