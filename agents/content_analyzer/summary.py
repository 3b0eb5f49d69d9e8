"""A few of the lecture's most important sentences, in their order."""

from collections.abc import Sequence

from agents.content_analyzer.importance import Judgement
from agents.content_analyzer.sentences import SentenceSpan
from agents.content_analyzer.topics import Outline

MAX_LETTERS = 600
_MAX_SENTENCE_LETTERS = 260
_MIN_WORDS = 7
_LEANING = frozenset(("and", "or", "but", "because", "which", "is", "are", "was", "has", "this", "that", "it", "they"))
"""Sentences that open with these lean on the one before."""


def summarise(sentences: Sequence[SentenceSpan], judged: Sequence[Judgement], outline: Outline) -> str:
    """At most 600 letters: the best sentence of each topic first, then the best of the rest while there is room."""
    if not sentences:
        return ""
    order = sorted(range(len(sentences)), key=lambda i: (-_fitness(sentences[i], judged[i]), i))
    best_of_topic = {
        next((i for i in order if begin <= i < end), begin)
        for begin, end in outline.coarse
        if sum(s.words for s in sentences[begin:end]) >= 40
    }
    chosen: list[int] = []
    letters = 0
    for i in [*(i for i in order if i in best_of_topic), *(i for i in order if i not in best_of_topic)]:
        if _fitness(sentences[i], judged[i]) <= 0 or len(chosen) >= max(3, len(outline.coarse)):
            continue
        if letters + len(sentences[i].text) + 1 <= MAX_LETTERS:
            chosen.append(i)
            letters += len(sentences[i].text) + 1
    if not chosen:
        text = sentences[order[0]].text
        return text if len(text) <= MAX_LETTERS else text[: MAX_LETTERS - 1].rsplit(" ", 1)[0] + "…"
    return " ".join(sentences[i].text for i in sorted(chosen))


def _fitness(sentence: SentenceSpan, judgement: Judgement) -> float:
    if "housekeeping" in judgement.reasons or "question" in judgement.reasons:
        return 0.0
    if sentence.words < _MIN_WORDS and len(sentence.text) < 40:
        return 0.0
    first = sentence.text.split(maxsplit=1)[0].rstrip(",.").lower()
    alone = 0.7 if first in _LEANING else 1.0
    return judgement.importance * alone * (1.0 if len(sentence.text) <= _MAX_SENTENCE_LETTERS else 0.5)
