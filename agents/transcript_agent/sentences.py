"""Words to sentences: ended by punctuation where there is some, by pauses where there is none."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import zip_longest

from agents.types import Segment, TimeRange, Word

ENDS = (".", "!", "?", "…", "。", "!", "?", "।", "؟")
CLOSERS = "\"'”’)]»」』"
ABBREVIATIONS = frozenset(
    {"e.g.", "i.e.", "dr.", "mr.", "mrs.", "ms.", "prof.", "vs.", "st.", "no.", "fig.", "eq.", "cf."}
)
LONGEST_S = 30.0
SENTENCE_PAUSE_S = 1.5
UNPUNCTUATED_PAUSE_S = 0.45
FEWEST_WORDS = 3


def punctuated(words: Sequence[Word]) -> list[Segment]:
    """Sentences of words that carry punctuation; a long pause ends one too, and none is longer than 30 s."""
    groups: list[list[Word]] = [[]]
    for word, after in zip_longest(words, words[1:]):
        groups[-1].append(word)
        pause = after is not None and after.start_s - word.end_s >= SENTENCE_PAUSE_S
        if after is not None and (pause or ends_sentence(word.text)):
            groups.append([])
    return [_segment(part) for group in groups if group for part in _shortened(group)]


def unpunctuated(words: Sequence[Word], silences: Sequence[TimeRange] = ()) -> list[Segment]:
    """Sentences of bare words: ended at pauses between words, begun with a capital and closed with a period.

    A gap of 0.45 s or a detected silence inside a gap is a pause. One or two words before a short pause are no
    sentence and stay with the next words. None is longer than 30 s.
    """
    groups: list[list[Word]] = [[]]
    quiet = sorted(silences, key=lambda silence: silence.start_s)
    upcoming = 0
    for word, after in zip_longest(words, words[1:]):
        groups[-1].append(word)
        if after is None:
            break
        while upcoming < len(quiet) and quiet[upcoming].end_s <= word.start_s:
            upcoming += 1
        silence = quiet[upcoming] if upcoming < len(quiet) else None
        detected = silence is not None and word.start_s < _middle(silence) < after.end_s
        gap_s = after.start_s - word.end_s
        pause = gap_s >= UNPUNCTUATED_PAUSE_S or (detected and gap_s > 0)
        if pause and (len(groups[-1]) >= FEWEST_WORDS or gap_s >= SENTENCE_PAUSE_S):
            groups.append([])
    return [_dressed(part) for group in groups if group for part in _shortened(group)]


def ends_sentence(token: str) -> bool:
    """Whether a word's punctuation closes a sentence.

    >>> [ends_sentence(t) for t in ("end.", "end.”", "e.g.", "3.5", "A.", "well,")]
    [True, True, False, False, False, False]
    """
    bare = token.strip().rstrip(CLOSERS)
    if not bare.endswith(ENDS) or bare.lower() in ABBREVIATIONS:
        return False
    return not (len(bare) == 2 and bare[0].isupper() and bare[0] != "I" and bare[1] == ".")  # an initial


def _shortened(words: list[Word]) -> list[list[Word]]:
    """Cut what is longer than 30 s at its longest pause, those near its middle first."""
    length_s = words[-1].end_s - words[0].start_s
    if length_s <= LONGEST_S or len(words) < 2 * FEWEST_WORDS:
        return [words]
    middle_s = (words[0].start_s + words[-1].end_s) / 2

    def worth(index: int) -> float:
        word, after = words[index - 1], words[index]
        comma = 0.3 if word.text.rstrip().endswith((",", ";", ":", "、", ",")) else 0.0
        return after.start_s - word.end_s + comma - abs(after.start_s - middle_s) / length_s

    cut = max(range(FEWEST_WORDS, len(words) - FEWEST_WORDS + 1), key=worth)
    return [*_shortened(words[:cut]), *_shortened(words[cut:])]


def _segment(words: list[Word]) -> Segment:
    """Words carry their own leading space where the language has spaces, as Whisper's do."""
    text = "".join(word.text for word in words)
    clean = tuple(replace(word, text=word.text.strip()) for word in words if word.text.strip())
    return Segment(words[0].start_s, words[-1].end_s, " ".join(text.split()), None, clean)


def _dressed(words: list[Word]) -> Segment:
    first = replace(words[0], text=words[0].text[:1].upper() + words[0].text[1:])
    dressed = [first, *words[1:]]
    dressed[-1] = replace(dressed[-1], text=dressed[-1].text + ".")
    return Segment(words[0].start_s, words[-1].end_s, " ".join(word.text for word in dressed), None, tuple(dressed))


def _middle(silence: TimeRange) -> float:
    return (silence.start_s + silence.end_s) / 2
