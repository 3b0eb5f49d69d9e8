"""Decide: the clip's captions, from the transcript's segments and the cut."""

from collections.abc import Sequence
from dataclasses import dataclass

from agents.types import Segment
from agents.video_compiler.line_breaks import break_lines, join, partition
from agents.video_compiler.timing import Cut
from agents.video_compiler.tokens import Token, kept_tokens

MAX_COLUMNS = 42
SHORTEST_S = 1.0
LONGEST_PAUSE_S = 1.2  # within a caption
LINGER_S = 0.4  # a caption stays a little after its last word where nothing follows
FLICKER_S = 0.25  # shorter gaps between captions are closed


@dataclass(frozen=True)
class Caption:
    """At most two lines, shown in ``[start_s, end_s)`` of the clip."""

    start_s: float
    end_s: float
    tokens: tuple[Token, ...]
    lines: tuple[str, ...]


def make_captions(segments: Sequence[Segment], cut: Cut, max_columns: int = MAX_COLUMNS) -> tuple[Caption, ...]:
    """Captions in order, none overlapping the next, of at least a second where the speech leaves room for it."""
    groups: list[Sequence[Token]] = []
    for segment in sorted(segments, key=lambda segment: segment.start_s):
        for phrase in _phrases(kept_tokens(segment, cut)):
            groups += partition(phrase, max_columns)
    return _timed(_without_short(groups, max_columns), cut.duration_s, max_columns)


def _phrases(tokens: Sequence[Token]) -> list[Sequence[Token]]:
    """Tokens between long pauses."""
    phrases: list[list[Token]] = []
    for token in tokens:
        if phrases and token.start_s - phrases[-1][-1].end_s <= LONGEST_PAUSE_S:
            phrases[-1].append(token)
        else:
            phrases.append([token])
    return [tuple(phrase) for phrase in phrases]


def _without_short(groups: Sequence[Sequence[Token]], max_columns: int) -> list[tuple[Token, ...]]:
    """Join a caption that would be up for less than a second with its neighbour, where both fit together."""
    kept: list[tuple[Token, ...]] = []
    for i, group in enumerate(groups):
        tokens = tuple(group)
        if kept:
            before = kept[-1]
            until_s = groups[i + 1][0].start_s if i + 1 < len(groups) else tokens[-1].end_s + LINGER_S
            brief = tokens[0].start_s - before[0].start_s < SHORTEST_S or until_s - tokens[0].start_s < SHORTEST_S
            near = tokens[0].start_s - before[-1].end_s <= LONGEST_PAUSE_S
            if brief and near and break_lines(before + tokens, max_columns) is not None:
                kept[-1] = before + tokens
                continue
        kept.append(tokens)
    return kept


def _timed(groups: Sequence[tuple[Token, ...]], duration_s: float, max_columns: int) -> tuple[Caption, ...]:
    captions: list[Caption] = []
    starts = [group[0].start_s for group in groups]
    for i, group in enumerate(groups):
        start_s = max(starts[i], captions[-1].end_s if captions else 0.0)
        limit_s = min(starts[i + 1] if i + 1 < len(groups) else duration_s, duration_s)
        end_s = max(group[-1].end_s + LINGER_S, start_s + SHORTEST_S)
        if limit_s - end_s < FLICKER_S:
            end_s = limit_s
        if end_s - start_s < 0.01:
            continue
        lines = break_lines(group, max_columns) or (join(group),)
        captions.append(Caption(start_s, end_s, group, lines))
    return tuple(captions)
