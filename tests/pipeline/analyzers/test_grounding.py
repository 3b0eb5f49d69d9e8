"""What counts as said."""

import json

import pytest

from agents.types import Sentence
from pipeline.analyzers.answer import UnusableAnswer, WindowAnswer, parse
from pipeline.analyzers.grounding import Grounded, ground
from pipeline.analyzers.said import bare, figures
from pipeline.analyzers.usage import Usage
from pipeline.analyzers.windows import Window

SAID = (
    "Well, a heap is a complete binary tree -- isn't it?",
    "Yes.",
    "Its height is log n, that is 20 for a million.",
    "堆是一棵完全二叉树。",
    "Yes.",
    "This belongs to the next window, which is about quicksort.",
)
SENTENCES = tuple(Sentence(5.0 * i, 5.0 * i + 4, text, 0.5) for i, text in enumerate(SAID))
WINDOW = Window(0, 6, 0, 5)


def grounded(**parts: object) -> tuple[Grounded, Usage]:
    usage = Usage("m")
    answer = WindowAnswer.model_validate({"topics": [], "key_sentences": [], "summary": [], **parts})
    return ground(answer, SENTENCES, WINDOW, usage), usage


@pytest.mark.parametrize(
    ("number", "quote", "found"),
    [
        (0, "a heap is a complete binary tree", 0),
        (0, "A HEAP is a complete, binary tree — isn’t it", 0),
        (2, "a heap is a complete binary tree", 0),
        (1, "Yes.", 1),
        (0, "Yes.", None),
        (0, "a heap is a ternary tree", None),
        (0, "isn't it? Yes. Its height is log n", 0),
        (2, "Yes. Its height is log n", 2),
        (4, "complete binary tree -- isn't it? Yes. Its height", 0),
        (2, "Its height is log n, that is 2", None),
        (0, "ell, a heap is a complete bin", None),
        (0, "a heap is a com\u00adplete bi\u200bnary tree", 0),
        (3, "完全二叉树", 3),
        (0, "完全二叉树", 3),
        (0, "?!", None),
        (5, "This belongs to the next window", None),
        (99, "a heap is a complete binary tree", None),
    ],
)
def test_a_quote_stands_for_the_sentence_that_says_it(number: int, quote: str, found: int | None) -> None:
    key = {"number": number, "quote": quote, "importance": 0.7, "reason": "definition"}
    held, usage = grounded(key_sentences=[key])
    assert list(held.keys) == ([] if found is None else [found])
    dropped = usage.dropped_quotes + usage.dropped_references
    assert dropped == (1 if found is None and number != 5 else 0)


def test_a_figure_that_nobody_said_is_made_up() -> None:
    quote = "Its height is log n"
    held, usage = grounded(
        summary=[
            {"text": "The height is 20 for a million.", "number": 2, "quote": quote},
            {"text": "The height is 31 for a million.", "number": 2, "quote": quote},
            {"text": "The height is 2 for a million.", "number": 2, "quote": quote},
        ]
    )
    assert [text for _, text in held.statements] == ["The height is 20 for a million."]
    assert usage.dropped_quotes == 2


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("1,000 of 12.500", {"1000", "12500"}),
        ("1000 or ١٠٠٠", {"1000"}),
        ("3.14, in 2019 300 people, 007", {"3", "14", "2019", "300", "7"}),
        ("9" * 10_000, {"9" * 30, "9" * 10}),
        ("none", set()),
    ],
)
def test_figures_are_compared_by_value(text: str, found: set[str]) -> None:
    assert figures(text) == found


@pytest.mark.parametrize(
    ("keyword", "kept"),
    [("heap", True), ("Binary Trees", False), ("tree", True), ("art", False), ("二叉树", True), ("milli", True)],
)
def test_keywords_are_words_that_were_said_but_for_their_ending(keyword: str, kept: bool) -> None:
    topic = {"first": 0, "title": "t", "keywords": [keyword], "importance": 1}
    held, _ = grounded(topics=[topic])
    assert held.topics[0].keywords == ((keyword,) if kept else ())


def test_a_title_much_too_long_is_cut_and_costs_no_answer() -> None:
    title = "A \ud800\u202e\x07heap " + "grows " * 2000
    answer = {"topics": [{"first": 0, "title": title, "keywords": ["heap"] * 99, "importance": 1}]}
    read = parse(json.dumps(answer | {"key_sentences": [], "summary": []}))
    held = ground(read, SENTENCES, WINDOW, Usage("m"))
    assert held.topics[0].title.startswith("A ? heap grows")
    assert held.topics[0].title.endswith("grows")
    assert len(held.topics[0].title) <= 80


def test_not_everything_can_be_key() -> None:
    keys = [{"number": i, "quote": SAID[i], "importance": i / 10, "reason": "result"} for i in (0, 2, 3)]
    held, _ = grounded(key_sentences=keys)
    assert list(held.keys) == [3]


def test_spelling_does_not_count() -> None:
    assert bare("Ｈｅａｐ—STRASSE, naïve_x") == bare("heap strasse  naïve x")
    assert bare("की") != bare("का"), "vowel signs are no spelling"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "7",
        '{"topics": [], "key_sentences": []}',
        '{"key_sentences": [], "summary": [], "topics": [{"first": 1.5, "title":"", "keywords": [], "importance": 1}]}',
        '{"key_sentences": [], "summary": [], "topics": [{"first": 1, "title":"", "keywords": [], "importance": NaN}]}',
        '{"topics": [' + ", ".join(['{"first": 1, "title": "t", "keywords": [], "importance": 1}'] * 500) + "],"
        '"key_sentences": [], "summary": []}',
        "{" * 50_000,
        "`" * 1_000_000,
        " " * 4_000_000,
    ],
    ids=["none", "null", "list", "number", "missing", "fraction", "nan", "many", "deep", "fences", "blank"],
)
def test_what_does_not_fit_is_told_in_a_short_sentence(text: str) -> None:
    with pytest.raises(UnusableAnswer) as caught:
        parse(text)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    "around",
    [
        "{}",
        "\n```json\n{}\n```\n",
        "Here you are:\n{}\nAnything else?",
        "<think>{{hm}}</think>\n\n{}",
        "hm}}</think>{}",
    ],
)
def test_what_is_around_the_object_is_forgiven(around: str) -> None:
    assert parse(around.format('{"topics": [], "key_sentences": [], "summary": []}')).topics == []


def test_a_lecturer_may_speak_of_tags() -> None:
    said = {"text": "Models think before </think> is said.", "number": 0, "quote": "</think>"}
    assert parse(json.dumps({"topics": [], "key_sentences": [], "summary": [said]})).summary[0].quote == "</think>"
