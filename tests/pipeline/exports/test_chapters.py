"""Chapters: without a hole for players, and by YouTube's rules for descriptions."""

import re
from itertools import pairwise

import pytest

from pipeline.exports.chapters import make_chapters, to_vtt, to_youtube, youtube_chapters
from tests.pipeline.exports.edit_factory import HOSTILE, topic

CUE = re.compile(r"\d+\n(\d\d+):(\d\d):(\d\d\.\d{3}) --> (\d\d+):(\d\d):(\d\d\.\d{3})\n([^\n]+)\n")
LINE = re.compile(r"((?:\d+:)?\d?\d:\d\d) (.+)")


def cues(text: str) -> list[tuple[float, float, str]]:
    assert text.startswith("WEBVTT\n\n")
    found = []
    for h1, m1, s1, h2, m2, s2, title in CUE.findall(text):
        found.append((int(h1) * 3600 + int(m1) * 60 + float(s1), int(h2) * 3600 + int(m2) * 60 + float(s2), title))
    return found


def lines(text: str) -> list[tuple[int, str]]:
    found = []
    for line in text.splitlines():
        match = LINE.fullmatch(line)
        assert match, line
        parts = [int(part) for part in match[1].split(":")]
        found.append((sum(part * 60**n for n, part in enumerate(reversed(parts))), match[2]))
    return found


def test_chapters_cover_the_recording_without_a_hole() -> None:
    topics = [topic(4.2, 1900, "One"), topic(1950.5, 3700.25, "Two"), topic(3700.25, 7000, "Three")]
    found = cues(to_vtt(make_chapters(topics, 7203.5, "lecture")))
    assert [(start_s, title) for start_s, _, title in found] == [(0, "One"), (1950.5, "Two"), (3700.25, "Three")]
    assert found[-1][1] == 7203.5
    assert all(a[1] == b[0] for a, b in pairwise(found))


def test_topics_in_disorder_and_beyond_the_end() -> None:
    topics = [topic(50, 60, "B"), topic(10, 50, "A"), topic(50, 55, "Again"), topic(100, 110, "Late")]
    assert [(c.start_s, c.end_s, c.title) for c in make_chapters(topics, 100.0, "x")] == [(0, 50, "A"), (50, 100, "B")]


def test_without_topics_the_whole_is_one_chapter() -> None:
    assert cues(to_vtt(make_chapters([], 61.0, "My lecture"))) == [(0.0, 61.0, "My lecture")]


def test_titles_of_others_are_text() -> None:
    text = to_vtt(make_chapters([topic(0, 50, HOSTILE), topic(50, 90, "a --> b")], 90.0, "x"))
    (first, second) = cues(text)
    assert "<" not in first[2]
    assert second[2] == "a --&gt; b"
    assert text.count("-->") == 2
    text.encode("utf-8")


def test_youtube_takes_topics_and_hours() -> None:
    topics = [topic(3, 600, "One"), topic(600.9, 3725.9, "Two <b>"), topic(3725.9, 5000, "Three")]
    assert to_youtube(youtube_chapters(topics, 5000.0, "x")) == "0:00 One\n10:00 Two ‹b›\n1:02:05 Three\n"


@pytest.mark.parametrize("gap_s", [0.5, 3.0, 9.99, 10.0, 31.7])
@pytest.mark.parametrize("duration_s", [35.0, 300.0, 9000.0])
def test_youtube_s_rules_hold_or_a_reason_is_given(gap_s: float, duration_s: float) -> None:
    topics = [topic(n * gap_s, (n + 1) * gap_s, f"Topic {n}") for n in range(int(duration_s / gap_s))]
    made = youtube_chapters(topics, duration_s, "x")
    text = to_youtube(made)
    assert len(text.encode()) <= 5000
    if made.reason is not None:
        assert text == f"{made.reason}\n"
        assert "10 seconds" in text
        return
    found = lines(text)
    assert found[0][0] == 0
    assert len(found) >= 3
    starts = [start for start, _ in found] + [duration_s]
    assert all(b - a >= 10 for a, b in pairwise(starts))
    assert len(set(starts)) == len(starts)


def test_few_topics_are_told_by_their_parts() -> None:
    parts = [topic(n * 20.0, n * 20.0 + 20, f"Part {n}") for n in range(3)]
    made = youtube_chapters([topic(0, 60, "All", *parts), topic(60, 120, "Rest")], 120.0, "x")
    assert [chapter.title for chapter in made.chapters] == ["Part 0", "Part 1", "Part 2", "Rest"]


def test_a_short_recording_gets_a_reason() -> None:
    made = youtube_chapters([topic(0, 12, "A"), topic(12, 25, "B")], 25.0, "x")
    assert made.chapters == ()
    assert made.reason is not None
    assert "has 2" in made.reason
