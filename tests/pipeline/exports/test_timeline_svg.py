"""The timeline picture: well-formed, safe, bounded, and what it shows is where it was."""

import time
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from agents.types import TimeRange
from pipeline.exports.edit import Edit
from pipeline.exports.svg_text import Frame, fitted, runs
from pipeline.exports.timeline_svg import to_svg
from tests.pipeline.exports.edit_factory import HOSTILE, layout_of, make_edit, planned, topic

SVG = "{http://www.w3.org/2000/svg}"
ALLOWED = {"svg", "title", "desc", "style", "rect", "path", "g", "text"}
ATTRIBUTES = {"x", "y", "d", "width", "height", "viewBox", "class", "id", "role", "aria-labelledby", "text-anchor"}


def parsed(edit: Edit) -> ElementTree.Element:
    return ElementTree.fromstring(to_svg(edit))


def texts(root: ElementTree.Element) -> list[str]:
    return [each.text or "" for each in root.iter(f"{SVG}text")]


def long_edit(duration_s: float) -> Edit:
    silences = tuple(TimeRange(n * 1.3, n * 1.3 + 0.5) for n in range(int(duration_s / 1.3)))
    clips = tuple(planned(n, (duration_s * n / 21, duration_s * n / 21 + 60)) for n in range(1, 21))
    topics = tuple(topic(duration_s * n / 90, duration_s * (n + 1) / 90, f"Topic {n}") for n in range(90))
    layout = layout_of(duration_s, spans=400, changes=2000)
    return make_edit(*clips, duration_s=duration_s, topics=topics, silences=silences, layout=layout)


def test_it_says_what_it_shows() -> None:
    edit = make_edit(
        planned(1, (10.0, 40.0), (42.0, 70.0), title="Why halving wins"),
        duration_s=125.0,
        topics=(topic(0, 60, "Sorting"), topic(60, 125, "Searching")),
        silences=(TimeRange(40.0, 42.0),),
        layout=layout_of(125.0, spans=3, changes=2),
    )
    root = parsed(edit)
    title, told = (root.findtext(f"{SVG}{name}") or "" for name in ("title", "desc"))
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == "lectern-title lectern-desc"
    assert title == "Timeline of lecture.mp4"
    assert "1. Why halving wins, 0:10 to 1:10" in told
    assert "1:00 Searching" in told
    shown = texts(root)
    for wanted in (
        "lecture.mp4",
        "Clips",
        "Topics",
        "Sound",
        "Layout",
        "Slides",
        "Why halving wins",
        "Searching",
        "2:00",
    ):
        assert wanted in shown, wanted
    assert any("2% silence" in each for each in shown)


def test_hostile_text_is_text() -> None:
    edit = make_edit(
        planned(1, (1.0, 9.0), title=HOSTILE), topics=(topic(0, 60, HOSTILE),), source=f'"><svg onload=x>{HOSTILE}'
    )
    text = to_svg(edit)
    text.encode("utf-8")
    root = ElementTree.fromstring(text)
    assert {each.tag.removeprefix(SVG) for each in root.iter()} <= ALLOWED
    assert set().union(*(each.attrib for each in root.iter())) <= ATTRIBUTES
    style = root.findtext(f"{SVG}style") or ""
    assert not any(word in style for word in ("url(", "@import", "http"))
    assert "\u202e" not in text
    assert any("<script>" in each for each in texts(root)), "shown as it was said"


def test_nothing_found_is_a_picture_too() -> None:
    shown = texts(parsed(make_edit(video=False)))
    assert "none" in shown
    assert "Layout" not in shown
    assert "Sound" not in shown


def test_its_size_is_bounded_and_its_time_linear() -> None:
    sizes = {hours: len(to_svg(long_edit(hours * 3600.0))) for hours in (1, 2, 6)}
    assert max(sizes.values()) < 150_000
    assert sizes[6] < 1.2 * sizes[1]
    began_s = time.process_time()
    to_svg(long_edit(7200.0))
    assert time.process_time() - began_s < 2.0


@pytest.mark.parametrize(
    ("duration_s", "last"), [(0.4, "0:00"), (59.0, "0:55"), (3600.0, "1:00:00"), (172_800.0, "48:00:00")]
)
def test_ticks_fit_any_length(duration_s: float, last: str) -> None:
    shown = [
        each for each in parsed(make_edit(duration_s=duration_s)).iter(f"{SVG}text") if each.get("class") == "tick"
    ]
    assert 1 <= len(shown) <= 13
    assert shown[-1].text == last


def test_runs_join_what_touches_on_the_grid() -> None:
    frame = Frame(0, 100, 100.0)
    assert runs([(50, 60), (10, 20), (20.1, 30), (70, 70.1)], frame) == [(10, 20), (50, 10)]
    assert frame.box(99.99, 100.0) == (99, 1)
    assert frame.box(-5.0, 500.0) == (0, 100)


def test_text_is_cut_where_it_would_not_fit() -> None:
    assert fitted("Binary search", 200, 12) == "Binary search"
    assert fitted("Binary search", 60, 12) == "Binary…"
    assert fitted("Binary search", 10, 12) == ""


def test_clips_that_follow_each_other_are_told_apart_and_so_are_their_numbers() -> None:
    clips = [planned(n, (600.0 + 25 * n, 625.0 + 25 * n)) for n in range(1, 13)]
    root = parsed(make_edit(*clips, planned(13, (3000.0, 3060.0)), duration_s=7200.0))
    numbers = [each for each in root.iter(f"{SVG}text") if each.get("class") == "number"]
    for row in {each.get("y") for each in numbers}:
        across = sorted((float(e.get("x", 0)), len(e.text or "")) for e in numbers if e.get("y") == row)
        assert all(b - a >= 7 * (m + n) / 2 for (a, m), (b, n) in pairwise(across))
    assert len([each for each in root.iter(f"{SVG}path") if each.get("class") == "edge"]) == 11
