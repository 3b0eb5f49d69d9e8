"""Decide: how a caption's words are set in one or two balanced lines, and how a sentence is shared among captions."""

from collections.abc import Sequence
from functools import cache

from agents.video_compiler.tokens import Token, columns

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
    whole = join(tokens)
    if columns(whole) <= max_columns:
        return (whole,)
    if sum(token.columns for token in tokens) > MAX_LINES * max_columns + 1:
        return None
    best: tuple[float, tuple[str, str]] | None = None
    for i in range(1, len(tokens)):
        above, below = join(tokens[:i]), join(tokens[i:])
        widths = columns(above), columns(below)
        if max(widths) > max_columns:
            continue
        cost = abs(widths[0] - widths[1]) - 6 * above.endswith(CLAUSE_ENDS) + 0.5 * (widths[0] > widths[1])
        if best is None or cost < best[0]:
            best = cost, (above, below)
    return best[1] if best else None


def partition(tokens: Sequence[Token], max_columns: int) -> list[Sequence[Token]]:
    """Share a sentence among captions of two lines at most: even ones, that rather end at punctuation.

    Dynamic programming over the places where a caption may end.
    """
    total = sum(token.columns for token in tokens)
    count = max(1, -(-total // (MAX_LINES * max_columns)))
    ideal = total / count

    @cache
    def best_from(start: int) -> tuple[float, int]:
        """The cost of the captions from ``start`` on, and where the first of them ends."""
        if start == len(tokens):
            return 0.0, start
        options = []
        for end in range(start + 1, len(tokens) + 1):
            if end > start + 1 and break_lines(tokens[start:end], max_columns) is None:
                break
            options.append((_cost(tokens[start:end], ideal, end == len(tokens)) + best_from(end)[0], end))
        return min(options)

    for start in range(len(tokens), 0, -1):  # fills the cache from the end, so that the recursion stays shallow
        best_from(start)
    parts, at = [], 0
    while at < len(tokens):
        end = best_from(at)[1]
        parts.append(tokens[at:end])
        at = end
    return parts


def _cost(tokens: Sequence[Token], ideal: float, last: bool) -> float:
    width = sum(token.columns for token in tokens)
    cost = 1.0 + ((width - ideal) / ideal) ** 2 * 2.0
    text = tokens[-1].text
    if not last:
        cost -= 0.6 if text.endswith(SENTENCE_ENDS) else 0.35 if text.endswith(CLAUSE_ENDS) else 0.0
    over_s = tokens[-1].end_s - tokens[0].start_s - LONGEST_CAPTION_S
    return cost + max(over_s, 0.0)
