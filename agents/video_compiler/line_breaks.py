"""Decide: how a caption's words are set in one or two balanced lines, and how a sentence is shared among captions."""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

from agents.video_compiler.tokens import Token

MAX_LINES = 2
LONGEST_CAPTION_S = 7.0
SENTENCE_ENDS = tuple(".?!…。？！")
CLAUSE_ENDS = (*SENTENCE_ENDS, *",;:—–、，；：")


def join(tokens: Sequence[Token]) -> str:
    """The text of tokens in a row.

    >>> join((Token(0, 1, "well"), Token(1, 2, "-known", spaced=False)))
    'well-known'
    """
    return "".join((" " if token.spaced and i else "") + token.text for i, token in enumerate(tokens))


def break_lines(tokens: Sequence[Token], max_columns: int) -> tuple[str, ...] | None:
    """One line where it fits, else the two most even lines; None where they do not fit.

    A break after punctuation is worth six columns of unevenness; of two equals the longer line is below.
    """
    widths = Widths(tokens)
    count = len(tokens)
    if widths.of(0, count) <= max_columns:
        return (join(tokens),)
    best: tuple[float, int] | None = None
    for i in range(1, count):
        above, below = widths.of(0, i), widths.of(i, count)
        if max(above, below) > max_columns:
            continue
        cost = abs(above - below) - 6 * tokens[i - 1].text.endswith(CLAUSE_ENDS) + 0.5 * (above > below)
        if best is None or cost < best[0]:
            best = cost, i
    return (join(tokens[: best[1]]), join(tokens[best[1] :])) if best else None


class Widths:
    """How many columns any run of tokens takes on one line, from running sums."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self._spaced = [token.spaced for token in tokens]
        self._sums = [0, *accumulate(token.columns for token in tokens)]

    def of(self, start: int, end: int) -> int:
        """The columns of ``tokens[start:end]``; a line begins without its space."""
        return self._sums[end] - self._sums[start] - self._spaced[start] if end > start else 0

    def fit(self, start: int, end: int, max_columns: int) -> bool:
        """Whether ``tokens[start:end]`` fits on ``MAX_LINES`` lines."""
        at = start
        for _ in range(MAX_LINES):
            line_end = bisect_right(self._sums, self._sums[at] + self._spaced[at] + max_columns) - 1
            if line_end >= end:
                return True
            at = line_end
        return False


def partition(tokens: Sequence[Token], max_columns: int) -> list[Sequence[Token]]:
    """Share a sentence among captions of two lines at most: even ones, that rather end at punctuation.

    Dynamic programming over the places where a caption may end.
    """
    widths, count = Widths(tokens), len(tokens)
    captions = max(1, -(-widths.of(0, count) // (MAX_LINES * max_columns)))
    ideal = max(widths.of(0, count) / captions, 1.0)
    best: list[tuple[float, int]] = [(0.0, count)] * (count + 1)  # from each token on: the cost, the first one's end
    for start in range(count - 1, -1, -1):
        options = []
        for end in range(start + 1, count + 1):
            if end > start + 1 and not widths.fit(start, end, max_columns):
                break
            cost = _cost(tokens[start:end], widths.of(start, end), ideal, last=end == count)
            options.append((cost + best[end][0], end))
        best[start] = min(options)
    parts, at = [], 0
    while at < count:
        parts.append(tokens[at : best[at][1]])
        at = best[at][1]
    return parts


def _cost(tokens: Sequence[Token], width: int, ideal: float, *, last: bool) -> float:
    cost = 1.0 + ((width - ideal) / ideal) ** 2 * 2.0
    text = tokens[-1].text
    if not last:
        cost -= 0.6 if text.endswith(SENTENCE_ENDS) else 0.35 if text.endswith(CLAUSE_ENDS) else 0.0
    over_s = tokens[-1].end_s - tokens[0].start_s - LONGEST_CAPTION_S
    return cost + max(over_s, 0.0)
