"""Decide: a transcript as captions that people can read: two lines of up to 42 columns, a second at the least."""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

from agents.transcript_agent.caption_tokens import Token, columns

MAX_COLUMNS = 42
MAX_LINES = 2
SHORTEST_S = 1.0
LONGEST_S = 7.0
MOST_COLUMNS_PER_S = 20.0
PAUSE_S = 0.35  # worth a new caption
SENTENCE_ENDS = tuple(".?!…。？！")
CLAUSE_ENDS = (*SENTENCE_ENDS, *",;:—–、，；：")
WEAK_ENDS = frozenset(
    (
        "a",
        "an",
        "the",
        "of",
        "to",
        "in",
        "on",
        "at",
        "by",
        "for",
        "and",
        "or",
        "but",
        "with",
        "my",
        "your",
        "our",
        "their",
    )
)


def join(tokens: Sequence[Token]) -> str:
    """The text of tokens in a row, with spaces where they have some."""
    return "".join((" " if token.spaced and i else "") + token.text for i, token in enumerate(tokens))


def lines_of(tokens: Sequence[Token]) -> tuple[str, ...]:
    """One line where it fits, else the two most even ones that fit, rather broken after punctuation than after “the”.

    What fits on no two lines, which ``share_out`` never makes, is filled up line by line.
    """
    text = join(tokens)
    if columns(text) <= MAX_COLUMNS:
        return (text,)
    best: tuple[float, int] | None = None
    for i in range(1, len(tokens)):
        above, below = columns(join(tokens[:i])), columns(join(tokens[i:]))
        if max(above, below) <= MAX_COLUMNS:
            cost = abs(above - below) - _worth(tokens[i - 1]) * 8 + 0.5 * (above > below)
            best = min(best or (cost, i), (cost, i))
    if best:
        return join(tokens[: best[1]]), join(tokens[best[1] :])
    fit = max((i for i in range(1, len(tokens)) if columns(join(tokens[:i])) <= MAX_COLUMNS), default=1)
    return (join(tokens[:fit]), *lines_of(tokens[fit:])) if fit < len(tokens) else (text,)


def share_out(tokens: Sequence[Token]) -> list[Sequence[Token]]:
    """Share a run of speech among captions of two lines at most, by dynamic programming over where they may end.

    Even ones, that end with a sentence, a clause or a pause, are up for one to seven seconds, and are not too fast.
    """
    count = len(tokens)
    room = _Room(tokens)
    best: list[tuple[float, int]] = [(0.0, count)] * (count + 1)  # from each token on: the cost, the first one's end
    for start in range(count - 1, -1, -1):
        last = room.furthest(start)
        best[start] = min(
            (_cost(tokens, start, end, room.width(start, end)) + best[end][0], -end)
            for end in range(start + 1, last + 1)
        )
    groups, at = [], 0
    while at < count:
        end = -best[at][1]
        groups.append(tokens[at:end])
        at = end
    return groups


def _cost(tokens: Sequence[Token], start: int, end: int, width: int) -> float:
    """About 1 for a caption; what speaks for or against it adds tenths."""
    following_s = tokens[end].start_s if end < len(tokens) else tokens[end - 1].end_s + SHORTEST_S
    shown_s = following_s - tokens[start].start_s
    cost = 1.0 + max(width - 1.6 * MAX_COLUMNS, 0) / MAX_COLUMNS
    cost += 3.0 * max(SHORTEST_S - shown_s, 0.0) + 0.5 * max(shown_s - LONGEST_S, 0.0)
    cost += 0.1 * max(width / max(shown_s, 0.1) - MOST_COLUMNS_PER_S, 0.0) if shown_s < LONGEST_S else 0.0
    if end < len(tokens):
        cost -= _worth(tokens[end - 1]) + min(max(following_s - tokens[end - 1].end_s - PAUSE_S, 0.0), 0.5)
        cost += 0.4 * (width < 0.4 * MAX_COLUMNS)  # a word or two, torn from the rest
    return cost


def _worth(token: Token) -> float:
    """Of a break after it: more where the sense has one."""
    if token.ends or token.text.endswith(SENTENCE_ENDS):
        return 0.9
    if token.text.endswith(CLAUSE_ENDS):
        return 0.5
    return -0.3 if token.text.lower() in WEAK_ENDS else 0.0


class _Room:
    """How many columns a run of tokens takes, from running sums."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self._spaced = [token.spaced for token in tokens]
        self._sums = [0, *accumulate(columns(token.text) + token.spaced for token in tokens)]

    def width(self, start: int, end: int) -> int:
        return self._sums[end] - self._sums[start] - self._spaced[start]

    def furthest(self, start: int) -> int:
        """The most tokens from ``start`` that two lines hold, at least one."""
        at = start
        for _ in range(MAX_LINES):
            if at < len(self._spaced):
                at = max(bisect_right(self._sums, self._sums[at] + self._spaced[at] + MAX_COLUMNS) - 1, at + 1)
        return min(at, len(self._spaced))
