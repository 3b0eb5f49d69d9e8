"""What a chosen clip needs from before it: brought in where it fits, named where it does not."""

from collections.abc import Sequence
from dataclasses import dataclass

from agents.segment_extractor.definitions import NEAR_S, Definition, definitions, needed
from agents.segment_extractor.edges import Edges
from agents.segment_extractor.lecture import Lecture
from agents.segment_extractor.passages import Block
from agents.segment_extractor.scoring import BESIDE_OTHERS, Candidate, among, score
from agents.segment_extractor.wording import clock, quote
from agents.types import PlanSettings, TimeRange
from agents.types.editing import ClipContext


@dataclass(frozen=True)
class Choice:
    """A clip, the range that is cut in ahead of it (or None), and what is in it for the sake of the rest."""

    clip: Candidate
    ahead: TimeRange | None
    context: tuple[ClipContext, ...]


def in_context(lecture: Lecture, chosen: Sequence[Candidate], settings: PlanSettings) -> list[Choice]:
    """``chosen`` in rank order, with context. No two of them come to overlap, and none gets too long."""
    known = definitions(lecture)
    out: list[Choice] = []
    taken = [(rank, TimeRange(c.start_s, c.end_s)) for rank, c in enumerate(chosen, 1)]
    for rank, clip in enumerate(chosen, 1):
        context = _leading(lecture, clip)
        definition = needed(lecture, clip, known)
        if definition is None:
            out.append(Choice(clip, None, context))
            continue
        block = lecture.blocks[definition.block]
        wanted = TimeRange(block.clip_start_s, block.clip_end_s)
        others = [(i, t) for i, t in taken if i != rank]
        holder = next((i for i, t in others if _share(wanted, t) > 0), None)
        why = f"“{definition.term}” is used and was defined at {clock(block.start_s)}: {_said(lecture, block)}"
        if holder is not None:
            there = ClipContext(wanted.start_s, wanted.end_s, "other_clip", f"{why}, in clip {holder}")
            out.append(Choice(clip, None, (*context, there)))
            continue
        longer = _extended(lecture, clip, definition, settings)
        if longer is not None and not any(_share(TimeRange(longer.start_s, longer.end_s), t) > 0 for _, t in others):
            taken[rank - 1] = (rank, TimeRange(longer.start_s, longer.end_s))
            own = ClipContext(longer.start_s, clip.start_s, "extended", why)
            out.append(Choice(longer, None, (own, *context)))
        elif settings.remove_silence and clip.end_s - clip.start_s + wanted.duration_s <= settings.max_clip_s:
            taken.append((rank, wanted))
            out.append(Choice(clip, wanted, (ClipContext(wanted.start_s, wanted.end_s, "definition", why), *context)))
        else:
            out.append(Choice(clip, None, context))
    return out


def _leading(lecture: Lecture, clip: Candidate) -> tuple[ClipContext, ...]:
    """The clip's first sentences, where the ones that follow lean on them."""
    leaning = clip.first + 1
    while leaning < clip.last and lecture.anchors[leaning] == clip.first:
        leaning += 1
    if leaning == clip.first + 1:
        return ()
    last = lecture.blocks[leaning - 1]
    lean = lecture.leans(leaning - 1)
    cue = f"“{lean.cue}” in " if lean else ""
    reason = f"{cue}{_said(lecture, last)} points back to it"
    return (ClipContext(clip.start_s, lecture.blocks[clip.first].end_s, "extended", reason),)


def _extended(lecture: Lecture, clip: Candidate, definition: Definition, settings: PlanSettings) -> Candidate | None:
    """The clip from its definition on, where that is near."""
    block = lecture.blocks[definition.block]
    if (
        lecture.blocks[clip.first].start_s - block.end_s > NEAR_S
        or clip.end_s - block.clip_start_s > settings.max_clip_s
    ):
        return None
    kept_s = clip.end_s - block.clip_start_s - lecture.cut_time.between(block.clip_start_s, clip.end_s)
    limits_s = (settings.min_clip_s, settings.max_clip_s)
    longer = score(Edges(lecture), definition.block, clip.last, kept_s, limits_s)
    return among(longer, {name: clip.measures[name] for name in BESIDE_OTHERS if name in clip.measures})


def _share(a: TimeRange, b: TimeRange) -> float:
    return min(a.end_s, b.end_s) - max(a.start_s, b.start_s)


def _said(lecture: Lecture, block: Block) -> str:
    return quote(" ".join(s.text for s in lecture.sentences[slice(*block.sentences)]))
