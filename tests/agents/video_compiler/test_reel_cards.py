"""Titles are set as large as they fit, and wrapped where their script allows it."""

from pathlib import Path

import pysubs2
import pytest

from agents.types import TitleCard
from agents.video_compiler.reel_cards import card_seconds, set_title, wrap, write_card

CANVASES = [(1280, 720), (720, 1280), (720, 720), (1920, 1080), (320, 180)]


def monospace(text: str) -> float:
    return float(len(text))


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", ()),
        ("one", ("one",)),
        ("one two three", ("one two", "three")),
        ("  one \n two  ", ("one two",)),
        ("abcdefghijkl", ("abcdefgh", "ijkl")),
        ("ab abcdefghijkl c", ("ab", "abcdefgh", "ijkl c")),
        ("堆排序的时间复杂度", ("堆排序的时间复杂", "度")),
        ("a 堆排序的时间复杂度", ("a 堆排序的时间", "复杂度")),
    ],
)
def test_lines_are_broken_where_they_may(text: str, lines: tuple[str, ...]) -> None:
    assert wrap(text, monospace, 8) == lines


@pytest.mark.parametrize("canvas", CANVASES)
def test_short_titles_are_large_and_long_ones_whole(canvas: tuple[int, int]) -> None:
    short, long = set_title("Heaps", canvas), set_title("Why the running time of heap sort is what it is " * 2, canvas)
    assert len(short.lines) == 1
    assert short.line_height > long.line_height >= round(min(canvas) * 0.06)
    assert " ".join(long.lines) == " ".join(("Why the running time of heap sort is what it is " * 2).split())


@pytest.mark.parametrize("canvas", CANVASES)
@pytest.mark.parametrize("title", ["word " * 400, "w" * 500, "堆" * 500, "Donaudampfschifffahrtsgesellschaft"])
def test_no_title_leaves_its_room(title: str, canvas: tuple[int, int]) -> None:
    text = set_title(title, canvas)
    assert len(text.lines) * text.line_height <= canvas[1] * 0.5
    assert text.lines[-1].endswith("…") == (len(title) > 100)


def test_a_long_word_makes_a_title_smaller_before_it_is_broken() -> None:
    assert set_title("Schifffahrtsgesellschaft", (720, 1280)).lines == ("Schifffahrtsgesellschaft",)


def test_longer_titles_stand_longer() -> None:
    assert card_seconds("Heaps") == 2.4
    assert 2.4 < card_seconds("x" * 50) < card_seconds("x" * 60) < 5.0


def test_what_is_written_is_escaped(tmp_path: Path) -> None:
    write_card(TitleCard(3, 12, "{\\pos(0,0)}a\\Nb", 3600.0, 3671.5), (1280, 720), tmp_path / "card.ass")
    lines = pysubs2.SSAFile.from_string((tmp_path / "card.ass").read_text("utf-8"))
    shown = {event.style: event.text for event in lines}
    assert shown["Number"].endswith("}3 / 12")
    assert shown["Time"].endswith("}1:00:00 – 1:01:11")
    tags, _, title = shown["Title"].partition("}")
    assert tags.startswith("{\\an7\\pos(")
    assert title.startswith("\\{\\\u2060pos(0,0)\\}a\\\u2060Nb")
