"""Holds an answer against the transcript: only what rests on words that were said stays."""

from collections.abc import Sequence
from dataclasses import dataclass

from agents.types import Sentence
from pipeline.analyzers.answer import REASONS, WindowAnswer
from pipeline.analyzers.prompt import one_line, shortened
from pipeline.analyzers.said import Said, bare, figures, size_bytes
from pipeline.analyzers.usage import Usage
from pipeline.analyzers.windows import Window

LONGEST_TITLE_CHARS = 80
LONGEST_STATEMENT_CHARS = 300
LONGEST_KEYWORD_CHARS = 40
MOST_KEYWORDS = 5
SHORTEST_QUOTE_BYTES = 8
"""Shorter ones are found anywhere."""
KEY_SHARE = 0.2
"""At most this share of a window's sentences is key, whatever the model says; the most important stay."""


@dataclass(frozen=True)
class GroundedTopic:
    """``first`` is the index of a sentence; ``title`` may be empty."""

    first: int
    title: str
    keywords: tuple[str, ...]
    importance: float


@dataclass(frozen=True)
class Grounded:
    """``keys``: sentence → (importance 0..1, reason or None). ``statements``: (sentence, text)."""

    topics: tuple[GroundedTopic, ...]
    keys: dict[int, tuple[float, str | None]]
    statements: tuple[tuple[int, str], ...]


def ground(answer: WindowAnswer, sentences: Sequence[Sentence], window: Window, usage: Usage) -> Grounded:
    """What of ``answer`` holds, for the window's core. Counts what does not in ``usage``."""
    return _Grounding(sentences, window, usage).of(answer)


class _Grounding:
    def __init__(self, sentences: Sequence[Sentence], window: Window, usage: Usage) -> None:
        self._window, self._usage = window, usage
        self._said = Said([s.text for s in sentences[window.begin : window.end]], window.begin)

    def of(self, answer: WindowAnswer) -> Grounded:
        keys: dict[int, tuple[float, str | None]] = {}
        for item in answer.key_sentences:
            found = self._quoted(item.number, item.quote)
            if found is not None and self._is_core(found):
                importance = _share(item.importance)
                if found not in keys or importance > keys[found][0]:
                    keys[found] = (importance, item.reason if item.reason in REASONS else None)
        statements = []
        for statement in answer.summary:
            found = self._quoted(statement.number, statement.quote)
            text = shortened(one_line(statement.text), LONGEST_STATEMENT_CHARS)
            if found is not None and not figures(text) <= self._said.figures:  # said as words, it costs a statement
                self._usage.dropped_quotes += 1
            elif found is not None and self._is_core(found) and text:
                statements.append((found, text))
        most = max(1, int(KEY_SHARE * (self._window.core_end - self._window.core_begin)))
        best = sorted(keys, key=lambda i: (-keys[i][0], i))[:most]
        return Grounded(self._topics(answer), {i: keys[i] for i in sorted(best)}, tuple(statements))

    def _topics(self, answer: WindowAnswer) -> tuple[GroundedTopic, ...]:
        found: dict[int, GroundedTopic] = {}
        for item in answer.topics:
            if item.first not in self._said:
                self._usage.dropped_references += 1
            elif self._is_core(item.first) and item.first not in found:
                found[item.first] = GroundedTopic(
                    item.first,
                    shortened(one_line(item.title), LONGEST_TITLE_CHARS),
                    self._keywords(item.keywords),
                    _share(item.importance),
                )
        return tuple(found[i] for i in sorted(found))

    def _keywords(self, words: Sequence[str]) -> tuple[str, ...]:
        """Only words that were said."""
        clean = (one_line(word)[:LONGEST_KEYWORD_CHARS] for word in words)
        said = (word for word in clean if bare(word) and self._said.has(bare(word)))
        return tuple(dict.fromkeys(said))[:MOST_KEYWORDS]

    def _quoted(self, number: int, quote: str) -> int | None:
        """The sentence that says ``quote``, or that it begins in: the one named, else the only one of the window."""
        if number not in self._said:
            self._usage.dropped_references += 1
            return None
        words = bare(quote)
        if words and words == self._said[number]:
            return number
        found = None
        if size_bytes(words) >= SHORTEST_QUOTE_BYTES:
            found = number if self._said.says(number, words) else self._said.only(words)
        self._usage.dropped_quotes += found is None
        return found

    def _is_core(self, index: int) -> bool:
        return self._window.core_begin <= index < self._window.core_end


def _share(value: float) -> float:
    return round(min(max(value, 0.0), 1.0), 4)
