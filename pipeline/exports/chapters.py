"""Chapters of the whole lecture, from its topics: as WebVTT for players, and as text for a video's description."""

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from agents.types import Topic
from pipeline.exports.plain_text import clock, one_line

VTT_TYPE, TEXT_TYPE = "text/vtt", "text/plain; charset=utf-8"
LONGEST_TITLE = 100
LINE_BYTES = 10  # of a line, beside its title
# YouTube's own rules: else it shows no chapters.
FEWEST, SHORTEST_S, LONGEST_TEXT = 3, 10.0, 5000
UNTITLED = "Untitled"


@dataclass(frozen=True)
class Chapter:
    """``[start_s, end_s)`` of the recording."""

    start_s: float
    end_s: float
    title: str


@dataclass(frozen=True)
class YouTubeChapters:
    """``reason`` says why there are none."""

    chapters: tuple[Chapter, ...]
    reason: str | None = None


def make_chapters(topics: Iterable[Topic], duration_s: float, name: str) -> tuple[Chapter, ...]:
    """Without a hole from 0 to the end, one a topic; a single one called ``name`` where no topic was found."""
    begins: list[tuple[float, str]] = []
    for topic in sorted(topics, key=lambda topic: topic.start_s):
        start_s = round(max(topic.start_s, 0.0), 3) if begins else 0.0
        if start_s < duration_s and (not begins or start_s > begins[-1][0]):
            begins.append((start_s, one_line(topic.title, LONGEST_TITLE) or UNTITLED))
    begins = begins or [(0.0, one_line(name, LONGEST_TITLE) or UNTITLED)]
    ends = [start_s for start_s, _ in begins[1:]] + [duration_s]
    return tuple(Chapter(start_s, end_s, title) for (start_s, title), end_s in zip(begins, ends, strict=True))


def to_vtt(chapters: Sequence[Chapter]) -> str:
    """A WebVTT file for ``<track kind="chapters">``."""
    cues = (
        f"{number}\n{_stamp(chapter.start_s)} --> {_stamp(chapter.end_s)}\n{html.escape(chapter.title, quote=False)}\n"
        for number, chapter in enumerate(chapters, start=1)
    )
    return "\n".join(["WEBVTT\n", *cues])


def youtube_chapters(topics: Sequence[Topic], duration_s: float, name: str) -> YouTubeChapters:
    """Chapters that YouTube takes: at least three, of at least ten seconds, beginning at whole seconds.

    Topics where there are enough of them, else their parts; short ones are joined to the one before.
    """
    parts = [part for topic in topics for part in (topic.subtopics or (topic,))]
    for found in (topics, parts):
        chapters = _long_enough(make_chapters(found, duration_s, name), duration_s, SHORTEST_S)
        if len(chapters) >= FEWEST:
            return YouTubeChapters(_short_enough(chapters, duration_s))
    reason = (
        f"No chapters for YouTube: it takes {FEWEST} or more of at least {SHORTEST_S:.0f} seconds each, "
        f"and this recording has {len(chapters)}."
    )
    return YouTubeChapters((), reason)


def to_youtube(made: YouTubeChapters) -> str:
    """Lines for the description of a video; where there can be no chapters, the reason."""
    if made.reason is not None:
        return f"{made.reason}\n"
    return "".join(f"{clock(chapter.start_s)} {_plain(chapter.title)}\n" for chapter in made.chapters)


def _long_enough(chapters: Sequence[Chapter], duration_s: float, shortest_s: float) -> tuple[Chapter, ...]:
    """At whole seconds, each as long as it must be; the first keeps its title, and so does what is joined to."""
    kept: list[Chapter] = []
    for chapter in chapters:
        start_s = float(int(chapter.start_s))
        if not kept or start_s - kept[-1].start_s >= shortest_s:
            kept.append(Chapter(start_s, duration_s, chapter.title))
    while len(kept) > 1 and duration_s - kept[-1].start_s < shortest_s:
        kept.pop()
    joined = [replace(a, end_s=b.start_s) for a, b in pairwise(kept)]
    return (*joined, *kept[-1:])


def _short_enough(chapters: tuple[Chapter, ...], duration_s: float) -> tuple[Chapter, ...]:
    """As many as a description holds: longer and longer ones are joined to the one before."""
    shortest_s = SHORTEST_S
    while sum(len(chapter.title.encode()) + LINE_BYTES for chapter in chapters) > LONGEST_TEXT:
        shortest_s *= 1.25
        fewer = _long_enough(chapters, duration_s, shortest_s)
        if len(fewer) < FEWEST:
            break
        chapters = fewer
    return chapters


def _plain(title: str) -> str:
    """YouTube refuses angle brackets in descriptions."""
    return title.replace("<", "‹").replace(">", "›")


def _stamp(time_s: float) -> str:
    """``HH:MM:SS.mmm``."""
    ms = round(time_s * 1000)
    return f"{ms // 3_600_000:02}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02}.{ms % 1000:03}"
