import pytest

from agents.content_analyzer.scripts import characters, content_runs, index_terms, joined
from agents.content_analyzer.words import tokens


def test_characters_keep_their_punctuation() -> None:
    assert characters("用C语言。") == ["用", "C", "语", "言。"]
    assert characters("word.") == ["word."]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("细胞是生命的基本单位", ["细胞", "生命", "基本单位"]),
        ("細胞は生命の基本単位です", ["細胞", "生命", "基本単位"]),
        ("データベースの設計", ["データベース", "設計"]),
        ("Python语言和C语言", ["Python", "语言", "C", "语言"]),
        ("word", ["word"]),
    ],
)
def test_words_between_grammar(text: str, expected: list[str]) -> None:
    assert content_runs(text) == expected


def test_pairs_of_characters_stand_in_for_words() -> None:
    assert index_terms("基本单位") == ["基本", "本单", "单位"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("हिन्दी भाषा", ["हिन्दी", "भाषा"]),
        ("مُحَمَّد هنا", ["مُحَمَّد", "هنا"]),
        ("re\u0301sume\u0301 final", ["re\u0301sume\u0301", "final"]),
    ],
)
def test_marks_belong_to_their_words(text: str, expected: list[str]) -> None:
    assert tokens(text) == expected


def test_no_space_between_characters() -> None:
    assert (joined("语", "言"), joined("语", "C"), joined("the", "end")) == ("", " ", " ")
