"""Captions from segments, on tables: text, times, lines, and what is written to files."""

from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pysubs2
import pytest

from agents.types import Segment, TimeRange, Word
from agents.video_compiler.caption_files import escape_ass, write_sidecars
from agents.video_compiler.caption_places import Ground, caption_place
from agents.video_compiler.caption_style import caption_style
from agents.video_compiler.captions import Caption, make_captions
from agents.video_compiler.geometry import Part, Scene, canvas_size
from agents.video_compiler.line_breaks import break_lines, join
from agents.video_compiler.timing import make_cut
from agents.video_compiler.tokens import Token, columns, kept_tokens

LECTURE = (
    "So, what is a limit? A limit is the value that a function approaches as its input approaches some point, "
    "and it does not matter at all what the function does at that point; it may not even be defined there. "
    "Keep this in mind for the exam."
)


def captions(segments: list[Segment], *keep: tuple[float, float], max_columns: int = 42) -> tuple[Caption, ...]:
    return make_captions(segments, make_cut([TimeRange(*pair) for pair in keep], Fraction(25)), max_columns)


def spoken(text: str, start_s: float = 0.0, word_s: float = 0.35) -> Segment:
    words = text.split()
    timed = tuple(Word(start_s + i * word_s, start_s + (i + 1) * word_s, word) for i, word in enumerate(words))
    return Segment(start_s, start_s + len(words) * word_s, text, None, timed)


def tokens(*texts: str) -> tuple[Token, ...]:
    return tuple(Token(float(i), i + 1.0, text) for i, text in enumerate(texts))


@pytest.mark.parametrize("max_columns", [42, 23])
def test_captions_are_short_balanced_and_complete(max_columns: int) -> None:
    made = captions([spoken(LECTURE)], (0.0, 60.0), max_columns=max_columns)
    assert " ".join(line for caption in made for line in caption.lines) == LECTURE
    for caption in made:
        assert 1 <= len(caption.lines) <= 2
        assert max(map(len, caption.lines)) <= max_columns
        assert 1.0 <= caption.end_s - caption.start_s <= 8.0
        if len(caption.lines) == 2:
            assert min(map(len, caption.lines)) >= 0.45 * max(map(len, caption.lines))
    assert all(a.end_s <= b.start_s + 1e-9 for a, b in pairwise(made))


def test_words_are_retimed_through_the_cut_and_removed_words_are_gone() -> None:
    made = captions([spoken("one two three four five six seven eight", 10.0, 1.0)], (11.0, 13.0), (16.0, 18.0))
    assert [caption.lines for caption in made] == [("two three seven eight",)]
    assert made[0].start_s == pytest.approx(0.0)
    assert made[0].end_s == pytest.approx(4.0)
    assert captions([spoken("gone", 1.0)], (5.0, 9.0)) == ()


def test_a_long_pause_ends_a_caption() -> None:
    segment = Segment(0, 9, "before after", None, (Word(0, 1, "before"), Word(7, 8, "after")))
    first, second = captions([segment], (0.0, 10.0))
    assert first.lines == ("before",)
    assert first.end_s < 2.0
    assert second.start_s == pytest.approx(7.0)


def test_flashing_captions_are_joined_with_their_neighbours() -> None:
    segments = [Segment(0.0, 0.4, "Well."), Segment(0.4, 2.5, "Let us begin."), Segment(2.5, 2.9, "Now.")]
    made = captions(segments, (0.0, 6.0))
    assert [caption.lines for caption in made] == [("Well. Let us begin. Now.",)]


def test_the_last_caption_ends_with_the_clip_and_the_first_not_before_it() -> None:
    made = captions([Segment(-1.0, 4.0, "a b c d e f g h i j")], (0.0, 2.0))
    assert 0.0 <= made[0].start_s < 0.1
    assert made[-1].end_s <= 2.0


def test_punctuation_that_words_lack_is_taken_from_the_text() -> None:
    texts = (" Well", "you", "know", "x", "=", "3")
    words = tuple(Word(i * 0.5, i * 0.5 + 0.5, text) for i, text in enumerate(texts))
    segment = Segment(0, 3, "Well, (you) know: x=3.", None, words)
    cut = make_cut([TimeRange(0, 5)], Fraction(25))
    kept = kept_tokens(segment, cut)
    assert join(kept) == "Well, (you) know: x=3."
    assert [token.text for token in kept][-3:] == ["x", "=", "3."]


def test_words_that_are_not_in_the_text_are_used_as_they_are() -> None:
    segment = Segment(0, 2, "something else", None, (Word(0, 1, "other"), Word(1, 2, "words")))
    assert captions([segment], (0.0, 3.0))[0].lines == ("other words",)


def test_scripts_without_spaces_are_broken_between_characters() -> None:
    text = "极限是函数在输入接近某一点时所接近的值，而函数在该点的取值并不重要，甚至可以没有定义。"
    made = captions([Segment(0, 12, text)], (0.0, 12.0))
    assert "".join(line for caption in made for line in caption.lines) == text
    assert all(columns(line) <= 42 for caption in made for line in caption.lines)
    assert not any(line.startswith(("，", "。")) for caption in made for line in caption.lines)


def test_a_word_wider_than_a_line_is_broken() -> None:
    made = captions([Segment(0, 4, "https://example.org/" + "x" * 100)], (0.0, 5.0))
    assert all(columns(line) <= 42 for caption in made for line in caption.lines)


def test_lines_break_at_punctuation_where_that_costs_little() -> None:
    assert break_lines(tokens("If", "it", "rains,", "then", "we", "stay", "at", "home"), 24) == (
        "If it rains,",
        "then we stay at home",
    )
    assert break_lines(tokens("short"), 24) == ("short",)
    assert break_lines(tokens(*["word"] * 30), 24) is None


def test_side_cars_hold_the_text_as_it_is(tmp_path: Path) -> None:
    text = r"Let {x} be \N or \alpha, a<b & c>d"
    write_sidecars(captions([Segment(0.0, 2.5, text)], (0.0, 3.0)), tmp_path)
    assert (tmp_path / "clip.srt").read_text("utf-8") == f"1\n00:00:00,000 --> 00:00:03,000\n{text}\n\n"
    vtt = (tmp_path / "clip.vtt").read_text("utf-8")
    assert vtt.startswith("WEBVTT\n")
    assert r"Let {x} be \N or \alpha, a&lt;b &amp; c&gt;d" in vtt
    assert len(pysubs2.load(str(tmp_path / "clip.vtt"))) == 1


def test_burned_text_cannot_carry_commands() -> None:
    assert escape_ass(r"{\b1}x\N") == "\\{\\\u2060b1\\}x\\\u2060N"


@pytest.mark.parametrize("aspect", ["16:9", "9:16", "1:1"])
def test_burned_captions_fit_the_canvas_in_a_readable_size(aspect: str) -> None:
    canvas = canvas_size(aspect, (1280, 720))  # type: ignore[arg-type]  # one of the literals
    style = caption_style(canvas)
    assert 0.03 * canvas[1] <= style.font_size <= 0.055 * canvas[1]
    assert style.max_columns <= 42
    assert style.max_columns >= 20
    assert style.max_columns * style.font_size * 0.52 <= canvas[0] - 2 * style.margin_x


STYLE = caption_style((1280, 720))


@pytest.mark.parametrize(("camera", "from_top", "side"), [
    ((940, 20, 320, 180), False, "middle"),
    ((940, 520, 320, 180), False, "left"),
    ((20, 520, 320, 180), False, "right"),
    ((440, 400, 400, 300), True, "middle"),
])  # fmt: skip
def test_captions_leave_a_small_camera_picture_free(
    camera: tuple[int, int, int, int], from_top: bool, side: str
) -> None:
    canvas = (1280, 720)
    whole = (0, 0, *canvas)
    place = caption_place(
        Ground(Scene((Part(whole, whole),), (camera,), (whole,)), canvas), STYLE, 800, STYLE.box_height
    )
    assert place.from_top is from_top
    assert side == ("middle" if place.x == 640 else "left" if place.x < 640 else "right")
    assert abs(place.x - 640) < 240
    assert 0 < place.y < 720


def test_captions_stand_in_the_free_band_under_a_letterboxed_screen() -> None:
    canvas, screen = (720, 1280), (0, 437, 720, 405)
    style = caption_style(canvas)
    place = caption_place(Ground(Scene((), (), (screen,)), canvas), style, 640, style.box_height)
    assert screen[1] + screen[3] <= place.y <= 1280 - style.box_height
