"""Titles and keywords: the phrases that set a run of sentences apart from the rest of the lecture."""

import math
import re
from collections import Counter
from collections.abc import Sequence

from agents.content_analyzer.phrases import Stems, collect
from agents.content_analyzer.transitions import opens_topic
from agents.content_analyzer.words import Vocabulary

_LOOSE_ENDS = re.compile(r"(?:ly|ed)$")
_ADVERB = re.compile(r"(?<!ear)(?<!dai)(?<!fami)(?<!assemb)(?<!supp)(?<!rep)(?<!anoma)(?<!po)(?<!app)ly$")
_KEYWORDS = 5
_NEARLY = 6
"""Phrases up to this rank are about as telling as the first."""
_ANNOUNCED_WITHIN = 3
"""A topic is announced in one of its first sentences, if at all."""
_VAGUE_WORDS = """
    time idea side rest moment reason person guy case sense example instance question detail word sentence step
    number name line lecture video slide"""
_VAGUE = frozenset(_VAGUE_WORDS.split())
_VAGUE_SHARE = 0.5
"""Such a word alone, or at the end of a phrase, names no subject, unless the subject is just that."""
_CAPITAL_NOUNS_SHARE = 0.25
_WEAK_SHARE = 0.35
"""A phrase that is no noun by its use is a title only where nothing else is half as characteristic."""


class Labeller:
    """Names runs of sentences by contrast with their siblings."""

    def __init__(self, texts: Sequence[str], vocabulary: Vocabulary, runs: Sequence[tuple[int, int]]) -> None:
        self._phrases = collect(texts, vocabulary)
        self._announced = [opens_topic(text, vocabulary.language) for text in texts]
        self._english = vocabulary.english
        self._capital_nouns = vocabulary.language == "de" and self._has_capitals()
        self._runs = len(runs)
        self._spread: Counter[Stems] = Counter()
        for begin, end in runs:
            self._spread.update({p for row in self._phrases.by_sentence[begin:end] for p in row})
        self._taken: set[Stems] = set()

    def _has_capitals(self) -> bool:
        """German nouns have capitals, where a transcript has any."""
        forms = Counter(w[:1].isupper() for forms in self._phrases.written.values() for w in forms if " " not in w)
        return forms[True] >= _CAPITAL_NOUNS_SHARE * forms.total()

    def ranked(self, begin: int, end: int) -> list[Stems]:
        """The phrases of sentences ``begin..end``, the most characteristic first."""
        rows = self._phrases.by_sentence[begin:end]
        counts = Counter(p for row in rows for p in row)
        opening = {p for row in rows[:2] for p in row}
        told = {
            p
            for row, said in zip(
                rows[:_ANNOUNCED_WITHIN], self._announced[begin : begin + _ANNOUNCED_WITHIN], strict=False
            )
            if said
            for p in row
        }
        single = {p[0]: n * math.log(1 + self._runs / self._spread[p]) for p, n in counts.items() if len(p) == 1}

        def score(phrase: Stems) -> float:
            value = sum(single.get(s, 0.0) for s in phrase) / float(len(phrase) ** 0.6)
            value *= 1 + math.log(counts[phrase]) * (1.0 if len(phrase) > 1 else 0.5)
            if phrase in opening:
                value *= 1.2
            if phrase in told and counts[phrase] > 1:
                value *= 1.3
            if self._phrases.joined(phrase) and counts[phrase] == 1:
                value *= 0.6
            if len(phrase) > 1 and counts[phrase] == 1:
                value *= 0.75 if self._english else 0.5  # neighbours once are seldom a term
            if self._english:
                value *= self._fitness(phrase)
            elif self._capital_nouns and not self.written(phrase).split()[-1][0].isupper():
                value *= _WEAK_SHARE
            return value

        return sorted(counts, key=lambda p: (-score(p), p))

    def _fitness(self, phrase: Stems) -> float:
        """0..1: whether an English phrase can stand alone, as a heading does."""
        words = self.written(phrase).lower().split()
        noun = self._phrases.noun_like(phrase)
        used = 1.0 if noun > 0 else 0.55 if noun == 0 else _WEAK_SHARE
        loose = _LOOSE_ENDS.search(words[-1]) or _ADVERB.search(words[0])
        vague = words[-1].removesuffix("s") in _VAGUE or (" of " in f" {' '.join(words)} " and words[0] in _VAGUE)
        return used * (0.5 if loose else 1.0) * (_VAGUE_SHARE if vague else 1.0)

    def written(self, phrase: Stems) -> str:
        """The phrase as it is mostly written; the first form seen where forms tie."""
        return self._phrases.written[phrase].most_common(1)[0][0]

    def _stands(self, phrase: Stems) -> bool:
        return not self._english or self._fitness(phrase) == 1.0

    def keywords(self, begin: int, end: int) -> tuple[str, ...]:
        chosen: list[Stems] = []
        for phrase in self.ranked(begin, end):
            if not any(set(phrase) & set(c) for c in chosen):
                chosen.append(phrase)
            if len(chosen) == _KEYWORDS:
                break
        return tuple(self.written(p) for p in chosen)

    def title(self, begin: int, end: int, fallback: str) -> str:
        """One to six words in title case; ``fallback`` (a sentence) is cut short where there is no phrase."""
        ranked = self.ranked(begin, end)
        fresh = [p for p in ranked if p not in self._taken] or ranked
        if not fresh:
            return shortened(fallback)
        head = fresh[0]
        if len(head) == 1:
            # A longer phrase around the word says more than the word; else another term that is nearly as telling.
            head = next((p for p in fresh[1:12] if head[0] in p and self._stands(p)), head)
        if len(head) == 1:
            head = next((p for p in fresh[1:_NEARLY] if len(p) > 1 and self._stands(p)), head)
        self._taken.add(head)
        name = self.written(head)
        if len(head) == 1:
            counts = Counter(p for row in self._phrases.by_sentence[begin:end] for p in row)
            near = (p for p in fresh[1:_NEARLY] if head[0] not in p and self._stands(p) and counts[p] > 1)
            beside = next(near, None)
            if beside is not None and not self._stands(head):
                name = self.written(beside)
            elif beside is not None:
                name = f"{name} and {self.written(beside)}" if self._english else f"{name}, {self.written(beside)}"
        return title_case(name) if self._english else name[:1].upper() + name[1:]


def title_case(text: str) -> str:
    """Capitals for all but small words; words that have capitals of their own keep them."""
    words = text.split()
    small = {"and", "of", "for", "the", "in", "to", "a", "an", "or", "vs"}
    shown = [
        w if any(c.isupper() for c in w) or (i and w in small) else w[:1].upper() + w[1:] for i, w in enumerate(words)
    ]
    return " ".join(shown)


def shortened(text: str, words: int = 6, letters: int = 60) -> str:
    """The opening words of a sentence."""
    cut = " ".join(text.split()[:words])[:letters].rstrip(" ,;:-–")
    return cut if cut == text else cut.rstrip(".。") + "…"
