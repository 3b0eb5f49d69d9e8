"""Windows cover every sentence once, see their neighbours, and are small enough."""

import random

import pytest

from pipeline.analyzers.windows import LINE_CHARS, LONGEST_SENTENCE_CHARS, OVERLAP_SENTENCES, windows


@pytest.mark.parametrize("seed", range(30))
def test_every_sentence_is_in_one_core(seed: int) -> None:
    chance = random.Random(seed)
    texts = ["x" * chance.choice((0, 5, 80, 300, 5000)) for _ in range(chance.randrange(1, 400))]
    most = chance.choice((1000, 5000, 24_000))
    found = windows(texts, most)
    assert [i for w in found for i in range(w.core_begin, w.core_end)] == list(range(len(texts)))
    for window in found:
        size = sum(min(len(t), LONGEST_SENTENCE_CHARS) + LINE_CHARS for t in texts[window.core_begin : window.core_end])
        assert size <= most + LONGEST_SENTENCE_CHARS + LINE_CHARS
        assert window.core_begin - window.begin == min(OVERLAP_SENTENCES, window.core_begin)
        assert window.end - window.core_end == min(OVERLAP_SENTENCES, len(texts) - window.core_end)


def test_a_short_transcript_is_one_window_and_none_is_none() -> None:
    assert len(windows(["A heap is a tree."] * 100, 24_000)) == 1
    assert windows([], 24_000) == []
