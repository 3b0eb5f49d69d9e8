"""What a clip was chosen and cut on, for people who want to know, and for those who want to change it."""

from collections.abc import Sequence
from itertools import pairwise

from agents.segment_extractor.context import Choice
from agents.segment_extractor.edges import closing, opening
from agents.segment_extractor.lecture import Lecture
from agents.segment_extractor.pauses import BREATH_S
from agents.segment_extractor.scoring import weights
from agents.segment_extractor.wording import clock, key_sentences
from agents.types import TimeRange
from agents.types.editing import ClipEvidence, MeaningfulPause, PlannedCut, TopicShare

MAX_SENTENCES = 5
_DIGITS = 4


def evidence(lecture: Lecture, choice: Choice, keep: Sequence[TimeRange]) -> ClipEvidence:
    """Everything that the choice rests on; ``keep`` are the clip's ranges."""
    clip = choice.clip
    shares = weights(clip.measures)
    topics = [
        TopicShare(lecture.topics[i].title, round(share, _DIGITS), lecture.topics[i].importance)
        for i, share in sorted(lecture.topic_shares(clip.start_s, clip.end_s), key=lambda s: -s[1])
    ]
    first_s = lecture.slide_change_near(lecture.blocks[clip.first].start_s)
    inside = (c.time_s for c in lecture.slide_changes if clip.start_s <= c.time_s < clip.end_s)
    slides = sorted({t for t in (first_s, *inside) if t is not None})
    return ClipEvidence(
        {name: round(value, _DIGITS) for name, value in clip.measures.items()},
        {name: round(share, _DIGITS) for name, share in shares.items()},
        tuple(sorted(key_sentences(lecture, clip)[:MAX_SENTENCES], key=lambda s: s.start_s)),
        tuple(topics),
        tuple(slides),
        opening(lecture, clip.first).evidence,
        closing(lecture, clip.last).evidence,
        choice.context,
        cuts_between(lecture, choice, keep),
        pauses_within(lecture, keep),
    )


def score_parts(measures: dict[str, float], score: float) -> dict[str, float]:
    """Every measure times its weight, rounded so that they add up to ``score`` to the last digit."""
    parts = {name: round(measures[name] * share, _DIGITS) for name, share in weights(measures).items()}
    largest = max(parts, key=lambda name: parts[name])
    parts[largest] = round(parts[largest] + score - sum(parts.values()), _DIGITS)
    return parts


def cuts_between(lecture: Lecture, choice: Choice, keep: Sequence[TimeRange]) -> tuple[PlannedCut, ...]:
    """Why each gap between kept ranges is there; the one after a definition is no cut of the clip's own."""
    found = []
    for before, after in pairwise(keep):
        if choice.ahead is not None and before.start_s < choice.clip.start_s <= after.start_s:
            continue
        gap = lecture.cuts_from(before.end_s)[0]
        found.append(PlannedCut(before.end_s, after.start_s, gap.kind, gap.reason))
    return tuple(found)


def pauses_within(lecture: Lecture, keep: Sequence[TimeRange]) -> tuple[MeaningfulPause, ...]:
    """The pauses that the clip keeps for their meaning, with how much of each it does keep."""
    found = []
    for pause in lecture.pauses:
        kept_s = sum(max(0.0, min(k.end_s, pause.end_s) - max(k.start_s, pause.start_s)) for k in keep)
        if kept_s > 2 * BREATH_S:
            found.append(MeaningfulPause(pause.start_s, pause.end_s, round(kept_s, 3), pause.reason))
    return tuple(found)


def told(choice: Choice, cuts: Sequence[PlannedCut], pauses: Sequence[MeaningfulPause]) -> list[str]:
    """Reasons in words: what was brought in for context, and what was cut."""
    lines = []
    for item in choice.context:
        if item.kind == "definition":
            lines.append(f"Opens with a definition from {clock(item.start_s)}: {item.reason}")
        elif item.kind == "extended":
            lines.append(f"Starts earlier for context: {item.reason}")
    words = sum(cut.kind != "silence" for cut in cuts)
    if words:
        lines.append(f"{words} filler{'s' if words > 1 else ''} or false start{'s' if words > 1 else ''} cut out")
    if pauses:
        lines.append(f"Keeps a pause at {clock(pauses[0].start_s)}: {pauses[0].reason}")
    return lines
