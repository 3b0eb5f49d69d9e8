"""Words that carry nothing, where it is known when they are said: “um”, “the the”, “I think I think”."""

import math
from collections.abc import Iterable, Sequence
from itertools import accumulate

from agents.types import Segment, TimeRange, Word
from agents.types.editing import PlannedCut

FILLERS = {
    "en": frozenset({"um", "umm", "uh", "uhh", "uhm", "uhum", "er", "err", "erm", "hmm", "mmm"}),
    "de": frozenset({"äh", "ähm", "öh", "öhm", "ehm", "hm", "hmm"}),
    "fr": frozenset({"euh", "euhm", "heu", "hum"}),
    "es": frozenset({"em", "ehm", "mmm", "eeh"}),
    "it": frozenset({"ehm", "mmm", "uhm"}),
    "nl": frozenset({"uh", "uhm", "ehm", "euh", "hmm"}),
    "pt": frozenset({"ãh", "hum", "ehm", "mmm"}),
    "sv": frozenset({"öh", "öhm", "ehm", "hmm"}),
    "pl": frozenset({"yyy", "eee", "ehm", "hmm"}),
    "ru": frozenset({"э", "ээ", "эээ", "эм", "ммм"}),
}
"""By language; only sounds that are no word of it (“er” is one in German, “um” in Portuguese)."""
ASIDES = {"en": frozenset({("you", "know"), ("i", "mean")})}
"""Fillers of two words: only where commas or pauses set them off on both sides."""
_RESTART_WORDS = """
    i i'm i'll i've we we're we'll we've you you're he she it it's they the an this these those there there's to of in
    on for with and but so if when is are was were can will would my our your their its because let's think"""
RESTARTS = {"en": frozenset(_RESTART_WORDS.split())}
"""Only these are taken for a false start when they are said twice; “very very” and “step by step” are meant."""
MAX_FILLER_S = 1.2
MIN_FILLER_S = 0.08
MIN_CUT_S = 0.1
MIN_GAP_S = 0.06
"""A filler that runs into its neighbours on both sides stays: it cannot be cut without being heard."""
REACH_S = 0.15
MARGIN_S = 0.05
MAX_RESTART_S = 2.0
_MARKS = ".,!?…;:-–—\"'”’“‘"


def timed_words(cues: Iterable[Segment]) -> list[Word]:
    """The words whose times were heard, in order. Without a confidence, times are guesses from the cue's length."""
    known = (w for cue in cues if all(w.confidence is not None for w in cue.words) for w in cue.words)
    return sorted((w for w in known if w.text.strip() and w.end_s > w.start_s), key=lambda w: (w.start_s, w.end_s))


def filler_cuts(words: Sequence[Word], language: str) -> tuple[list[PlannedCut], list[TimeRange]]:
    """What may be cut of ``words`` (from ``timed_words``), in order and disjoint, and the words that go with it.

    A cut reaches a little into the pauses around and never into another word; it ends where the next word is near.
    """
    bare = [w.text.strip().strip(_MARKS).lower().replace("’", "'") for w in words]
    reach_s = [0.0, *accumulate((w.end_s for w in words), max)]
    cuts: list[PlannedCut] = []
    gone: list[TimeRange] = []
    i = 0
    while i < len(words):
        count, kind, reason = _at(words, bare, i, language)
        if count:
            cut = _cut(words, i, i + count, kind, reach_s[i])
            if cut is not None and (not cuts or cut.start_s >= cuts[-1].end_s):
                cuts.append(PlannedCut(cut.start_s, cut.end_s, "filler" if kind == "filler" else "repetition", reason))
                gone += [TimeRange(w.start_s, w.end_s) for w in words[i : i + count]]
        i += max(count, 1)
    return cuts, gone


def _at(words: Sequence[Word], bare: Sequence[str], i: int, language: str) -> tuple[int, str, str]:
    """How many words from ``i`` on can go, what they are, and why."""
    raw = words[i].text.strip().strip(_MARKS)
    named = len(raw) > 1 and raw.isupper()  # “ER”, “UM”: a name
    if bare[i] in FILLERS.get(language, ()) and not named:
        return 1, "filler", f"“{raw}” is a filler"
    pair = (bare[i], bare[i + 1]) if i + 1 < len(bare) else None
    if pair in ASIDES.get(language, ()) and _set_off(words, i, i + 2):
        return 2, "filler", f"“{' '.join(pair or ())}” is a filler"
    allowed = RESTARTS.get(language, frozenset())
    for size in (3, 2, 1):
        first, again = bare[i : i + size], bare[i + size : i + 2 * size]
        if len(again) == size and first == again and all(w in allowed for w in first):
            if any(words[j].text.rstrip().endswith((".", "?", "!")) for j in range(i, i + size)):
                continue
            if words[i + size].start_s - words[i].start_s <= MAX_RESTART_S:
                return size, "repetition", f"“{' '.join(first)}” is said again at once"
    cut_off = words[i].text.strip().endswith(("-", "–", "—")) and len(bare[i]) >= 1 and i + 1 < len(bare)
    if cut_off and bare[i + 1].startswith(bare[i]) and bare[i + 1] != bare[i]:
        return 1, "repetition", f"“{words[i].text.strip()}” is begun again"
    return 0, "", ""


def _set_off(words: Sequence[Word], first: int, last: int) -> bool:
    """Commas or pauses before and after: an aside, and no part of the sentence."""

    def apart(left: int, right: int) -> bool:
        if left < 0 or right >= len(words):
            return False
        pause_s = words[right].start_s - words[left].end_s
        return words[left].text.rstrip().endswith(",") or pause_s >= 0.2

    return apart(first - 1, first) and apart(last - 1, last)


def _cut(words: Sequence[Word], first: int, last: int, kind: str, before_s: float) -> TimeRange | None:
    """The time of words ``first..last`` with a part of the pauses around it; None where it cannot be cut cleanly.

    ``before_s`` is when all words before have ended.
    """
    start_s, end_s = words[first].start_s, max(w.end_s for w in words[first:last])
    after_s = words[last].start_s if last < len(words) else end_s + REACH_S
    length_s = end_s - start_s
    if before_s > start_s or after_s < end_s or length_s < MIN_FILLER_S:
        return None
    if length_s > (MAX_FILLER_S if kind == "filler" else MAX_RESTART_S):
        return None
    gaps_s = start_s - before_s, after_s - end_s
    if max(gaps_s) < MIN_GAP_S:
        return None
    begin_s = max(start_s - REACH_S, min(start_s, before_s + MARGIN_S))
    until_s = min(end_s + REACH_S, max(end_s, after_s - MARGIN_S))
    # Whole milliseconds, outwards, where the neighbours leave room.
    early_s, late_s = math.floor(begin_s * 1000) / 1000, math.ceil(until_s * 1000) / 1000
    cut = TimeRange(early_s if early_s >= before_s else begin_s, late_s if late_s <= after_s else until_s)
    return cut if cut.duration_s >= MIN_CUT_S else None
