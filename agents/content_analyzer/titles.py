"""Titles and keywords: the phrases that set a run of sentences apart from the rest of the lecture."""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from agents.content_analyzer.words import TOKEN, Vocabulary, stem

Stems = tuple[str, ...]
MAX_PHRASE_WORDS = 3
_BREAK = re.compile(r"[^\w\s'’\-]|_")
_LOOSE_ENDS = re.compile(r"(?:ly|ed)$")
_KEYWORDS = 5


@dataclass
class Phrases:
    """The candidate phrases of each sentence, and how each is written."""

    by_sentence: list[list[Stems]] = field(default_factory=list)
    written: dict[Stems, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))


def collect(texts: Sequence[str], vocabulary: Vocabulary) -> Phrases:
    """Runs of one to three content words that no stop word and no punctuation interrupts."""
    phrases = Phrases()
    for text in texts:
        found: list[Stems] = []
        first = True
        for clause in _BREAK.split(text):
            run: list[tuple[str, str]] = []
            for match in [*TOKEN.finditer(clause), None]:
                word = match.group() if match else ""
                lowered = word.lower().replace("’", "'")
                if word and lowered not in vocabulary.stops and not word[0].isdigit() and _is_word(word):
                    # The capital of a sentence's first word is grammar, not spelling.
                    shown = word.lower() if first and word.istitle() else word
                    run.append((stem(lowered, vocabulary.english), shown.removesuffix("'s").removesuffix("’s")))
                else:
                    _add_phrases(run, found, phrases)
                    run = []
                first = False
        phrases.by_sentence.append(found)
    return phrases


def _is_word(text: str) -> bool:
    """Two letters are a word only as an abbreviation (or where a script needs no more)."""
    return len(text) > 2 or (len(text) == 2 and (text.isupper() or not text.isascii()))


def _add_phrases(run: list[tuple[str, str]], found: list[Stems], phrases: Phrases) -> None:
    for size in range(1, MAX_PHRASE_WORDS + 1):
        for i in range(len(run) - size + 1):
            part = run[i : i + size]
            key = tuple(s for s, _ in part)
            if len(set(key)) < size:
                continue
            found.append(key)
            phrases.written[key][" ".join(w for _, w in part)] += 1


class Labeller:
    """Names runs of sentences by contrast with their siblings."""

    def __init__(self, texts: Sequence[str], vocabulary: Vocabulary, runs: Sequence[tuple[int, int]]) -> None:
        self._phrases = collect(texts, vocabulary)
        self._english = vocabulary.english
        self._runs = len(runs)
        self._spread: Counter[Stems] = Counter()
        for begin, end in runs:
            self._spread.update({p for row in self._phrases.by_sentence[begin:end] for p in row})
        self._taken: set[Stems] = set()

    def ranked(self, begin: int, end: int) -> list[Stems]:
        """The phrases of sentences ``begin..end``, the most characteristic first."""
        rows = self._phrases.by_sentence[begin:end]
        counts = Counter(p for row in rows for p in row)
        opening = {p for row in rows[:2] for p in row}
        single = {p[0]: n * math.log(1 + self._runs / self._spread[p]) for p, n in counts.items() if len(p) == 1}

        def score(phrase: Stems) -> float:
            value = sum(single.get(s, 0.0) for s in phrase) / float(len(phrase) ** 0.6)
            value *= 1 + math.log(counts[phrase]) * (1.0 if len(phrase) > 1 else 0.5)
            if phrase in opening:
                value *= 1.2
            if len(phrase) > 1 and counts[phrase] == 1:
                value *= 0.75  # neighbours once are seldom a term
            last = self.written(phrase).rsplit(" ", 1)[-1]
            return value * (0.5 if self._english and _LOOSE_ENDS.search(last.lower()) else 1.0)

        return sorted(counts, key=lambda p: (-score(p), p))

    def written(self, phrase: Stems) -> str:
        """The phrase as it is mostly written; the first form seen where forms tie."""
        return self._phrases.written[phrase].most_common(1)[0][0]

    def keywords(self, begin: int, end: int) -> tuple[str, ...]:
        chosen: list[Stems] = []
        for phrase in self.ranked(begin, end):
            if not any(set(phrase) & set(c) for c in chosen):
                chosen.append(phrase)
            if len(chosen) == _KEYWORDS:
                break
        return tuple(self.written(p) for p in chosen)

    def title(self, begin: int, end: int, fallback: str) -> str:
        """Two to six words in title case; ``fallback`` (a sentence) where there is no phrase at all."""
        ranked = self.ranked(begin, end)
        fresh = [p for p in ranked if p not in self._taken] or ranked
        if not fresh:
            return shortened(fallback)
        head = fresh[0]
        self._taken.add(head)
        name = self.written(head)
        if len(head) == 1:
            # A longer phrase around the word says more than the word; else a second subject beside it.
            around = next((p for p in fresh[1:12] if head[0] in p), None)
            beside = next((p for p in fresh[1:] if head[0] not in p), None)
            if around is not None and len(around) > 1:
                name = self.written(around)
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
