"""Decide: when each caption is shown, so that it can be read."""

from collections.abc import Sequence
from dataclasses import dataclass

from agents.transcript_agent.caption_lines import MOST_COLUMNS_PER_S, SHORTEST_S, join, lines_of, share_out
from agents.transcript_agent.caption_tokens import Token, columns, runs
from agents.types import Segment

LINGER_S = 0.4  # a caption stays a little after its last word where nothing follows
GAP_S = 0.08  # two frames without a caption tell that the next one is another
FLICKER_S = 0.4  # shorter gaps are closed to that


@dataclass(frozen=True)
class Caption:
    """One or two lines, shown in ``[start_s, end_s)``."""

    start_s: float
    end_s: float
    lines: tuple[str, ...]
    speaker: str | None


def readable(segments: Sequence[Segment], *, named: bool) -> list[Caption]:
    """Captions in order, none before the one before it has gone, each up for a second or longer.

    Every word of the segments is in them once, in order. A caption stays for 20 columns a second where the next one
    leaves it the time; where speech leaves less than a second, the next one waits. ``named``: a new speaker's name is
    part of the text.
    """
    ordered = sorted(segments, key=lambda segment: segment.start_s)
    groups = [(run.speaker, group) for run in runs(ordered, named=named) for group in share_out(run.tokens)]
    captions: list[Caption] = []
    free_s = 0.0
    for index, (speaker, group) in enumerate(groups):
        start_s = max(group[0].start_s, free_s)
        following_s = groups[index + 1][1][0].start_s if index + 1 < len(groups) else float("inf")
        free_s = _end_s(group, start_s, following_s)
        captions.append(Caption(start_s, free_s, lines_of(group), speaker))
    return captions


def _end_s(tokens: Sequence[Token], start_s: float, following_s: float) -> float:
    said_s = max(token.end_s for token in tokens) + LINGER_S
    wanted_s = max(said_s, start_s + SHORTEST_S, start_s + columns(join(tokens)) / MOST_COLUMNS_PER_S)
    if wanted_s < following_s - FLICKER_S:
        return wanted_s
    apart_s = following_s - GAP_S
    return max(apart_s if apart_s >= start_s + SHORTEST_S else following_s, start_s + SHORTEST_S)
