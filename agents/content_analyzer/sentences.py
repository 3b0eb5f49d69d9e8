"""Whole sentences from caption cues, which may cut them anywhere, lack punctuation, overlap, or end at pauses."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log
from statistics import mean, pstdev

from agents.content_analyzer.pauses import pauses_after
from agents.content_analyzer.pieces import Piece, pieces_of
from agents.content_analyzer.scripts import joined
from agents.types import Segment, TimeRange

_CLOSING = "\"'”’»)]}」』】"
_ENDS = (".", "?", "!", "…", "。", "！", "？", "؟", "।", "۔", "｡")
_ABBREVIATED = """
    mr. mrs. ms. dr. prof. st. vs. e.g. i.e. etc. cf. fig. figs. eq. eqs. no. vol. pp. p. al. ca. approx.
    dept. inc. ltd. jr. sr. gen. sec. ch. resp. z.b. d.h. bzw. ca. usw. bspw. nr. p.ex. sra."""
_ABBREVIATIONS = frozenset(_ABBREVIATED.split())
_INITIALS = re.compile(r"^(?:[^\W\d_]\.)+$")
_GOES_ON = """
    the a an of to and or but with for from at by into than my our your their its because if when while which
    whose is are was were be we i they he she"""
_DANGLING = frozenset(_GOES_ON.split())
"""English words after which a sentence goes on, whatever full stop a speech recogniser put there at a pause."""
_CONJUNCTIONS = frozenset(("and", "then", "but", "because", "or", "if", "when", "which", "where", "while"))
_SUBJECTS = frozenset(("it", "you", "this", "that", "then", "there"))
"""… and pairs of words, such as “and then” or “because it”."""

_OPENING = """
    so okay ok now well alright anyway next finally then however therefore let's
    also nun jetzt gut genau dann zunächst schließlich donc alors maintenant bon voilà ensuite enfin
    entonces ahora bueno luego después finalmente vamos"""
_OPENERS = frozenset(_OPENING.split())
"""With these speakers of English, German, French and Spanish open sentences …"""
_JOINING = "and but because if when what this we you i und aber weil wenn wir et mais parce y pero porque"
_JOINTS = frozenset(_JOINING.split())
"""… and with these at least clauses."""

PAUSE_S = 0.6
SURE_PAUSE_S = 1.2
LONG_PAUSE_S = 2.5
MAX_SENTENCE_S = 40.0
MAX_UNPUNCTUATED_S = 10.0
_USUAL_S = 5.0
_WORDS_PER_MARK = 60
_FEW_WORDS = 6
_FEWEST_WORDS = 3
_UNEQUAL = 0.45


@dataclass(frozen=True)
class SentenceSpan:
    """A whole sentence; ``cues`` is the half-open range of the cues that it touches, in time order.

    ``pause_s`` is the pause before it; 0 where there is none, and where sentences were only found by their pauses,
    so that one says no more than another.
    """

    start_s: float
    end_s: float
    text: str
    words: int
    cues: tuple[int, int]
    pause_s: float = 0.0

    @property
    def length_words(self) -> int:
        """Words, or as many as its letters would be where a script puts no spaces between words."""
        spaced = self.words * 12 >= len(self.text)
        return max(self.words if spaced else round(len(self.text) / 3), 1)


@dataclass(frozen=True)
class Speech:
    """Timed words and the pauses after them; whether they come with full stops, and with capitals after these.

    ``lines`` are as a speech recogniser writes them: each cue is what was said between two pauses, long or short.
    """

    pieces: Sequence[Piece]
    pauses_s: Sequence[float]
    punctuated: bool
    cased: bool
    lines: bool
    english: bool


def build_sentences(
    segments: Sequence[Segment], silences: Sequence[TimeRange] = (), *, english: bool = True
) -> list[SentenceSpan]:
    """Sentences in time order. They end where a cue ends wherever punctuation or pauses allow it.

    ``silences``: where nobody is heard; captions may hide that. ``english``: words after which an English sentence
    goes on are known.
    """
    pieces = list(pieces_of(sorted(segments, key=lambda s: (s.start_s, s.end_s))))
    opened = [b.text for a, b in pairwise(pieces) if _marked(a.text)]
    marks = len(opened) + (1 if pieces and _marked(pieces[-1].text) else 0)
    small = sum(text[:1].islower() for text in opened)
    punctuated = marks * _WORDS_PER_MARK >= len(pieces)
    cased = 2 * small <= len(opened)
    speech = Speech(pieces, pauses_after(pieces, silences), punctuated, cased, _are_utterances(pieces), english)
    limit_s = MAX_SENTENCE_S if punctuated else MAX_UNPUNCTUATED_S
    sentences: list[SentenceSpan] = []
    begin = 0
    for i, piece in enumerate(pieces):
        if i + 1 == len(pieces) or _ends_here(speech, begin, i):
            sentences.append(_sentence(speech, begin, i + 1))
            begin = i + 1
        elif piece.end_s - pieces[begin].start_s > limit_s:
            cut = _best_cut(speech, begin, i)
            sentences.append(_sentence(speech, begin, cut + 1))
            begin = cut + 1
    return sentences


def _marked(text: str) -> bool:
    return text.rstrip(_CLOSING).endswith(_ENDS)


def _ends_here(speech: Speech, begin: int, i: int) -> bool:
    piece, following = speech.pieces[i], speech.pieces[i + 1]
    pause_s = speech.pauses_s[i]
    if piece.speaker != following.speaker:
        return True
    if not speech.punctuated:
        if speech.lines and piece.last and i - begin + 1 >= _FEWEST_WORDS:
            return not _dangles(speech, begin, i)
        enough_s = PAUSE_S if piece.last else SURE_PAUSE_S
        return pause_s >= LONG_PAUSE_S or (pause_s >= enough_s and i - begin + 1 >= _FEW_WORDS)
    if pause_s >= LONG_PAUSE_S and piece.last:
        return not _dangles(speech, begin, i)
    return _closes(speech, begin, i)


def _closes(speech: Speech, begin: int, i: int) -> bool:
    """Whether the mark at the end of the word ends a sentence."""
    piece, following = speech.pieces[i], speech.pieces[i + 1]
    text = piece.text.rstrip(_CLOSING)
    if not text.endswith(_ENDS):
        return False
    after = following.text.lstrip("\"'“‘«([{¿¡「『")
    goes_on = (speech.cased and after[:1].islower()) or (after[:1].isdigit() and text[:-1].isdigit())
    if text.endswith(("...", "…")):
        new = after[:1].isupper() if speech.cased else False
        return not goes_on and (new or speech.pauses_s[i] >= PAUSE_S)
    if text.endswith("."):
        if text.lower() in _ABBREVIATIONS or (_INITIALS.match(text) and text != "I." and not piece.last):
            return False
        if i == begin and text[:-1].isdigit():  # "1. First, …"
            return False
        return not goes_on and not _dangles(speech, begin, i)
    return True


def _dangles(speech: Speech, begin: int, i: int) -> bool:
    """“… allows us to.” or “…, and then it.”: the recogniser's full stop at a pause within a sentence."""
    if not speech.english:
        return False
    last, before = _bare(speech.pieces[i].text), _bare(speech.pieces[i - 1].text) if i > begin else ""
    return last in _DANGLING or (last in _SUBJECTS and before in _CONJUNCTIONS)


def _bare(text: str) -> str:
    return text.rstrip(_CLOSING).rstrip(".,…").lower()


def _best_cut(speech: Speech, begin: int, end: int) -> int:
    """Where to end a sentence that has no end: at a pause, a cue's end, before a word that opens sentences."""
    pieces = speech.pieces

    def fitness(i: int) -> float:
        length_s = max(pieces[i].end_s - pieces[begin].start_s, 0.1)
        value = min(speech.pauses_s[i], LONG_PAUSE_S) + 0.3 * pieces[i].last - 0.5 * abs(log(length_s / _USUAL_S))
        value += _opens_sentence(speech, i + 1)
        return value - 1.5 * _dangles(speech, begin, i)

    first = min(begin + _FEW_WORDS - 1, end)
    return max(range(first, end + 1), key=fitness)


def _are_utterances(pieces: Sequence[Piece]) -> bool:
    """Captions that fill lines are about equally long; what is said between two pauses is not."""
    lengths = list(Counter(p.cue for p in pieces).values())
    return len(lengths) > 1 and pstdev(lengths) >= _UNEQUAL * mean(lengths)


def _opens_sentence(speech: Speech, i: int) -> float:
    """0..0.8: how likely a sentence starts with a word, by what it is."""
    word = _bare(speech.pieces[i].text).replace("’", "'")
    if word in _JOINTS:
        return 0.4
    return 0.8 if word in _OPENERS and _bare(speech.pieces[i - 1].text) not in _OPENERS | _JOINTS else 0.0


def _sentence(speech: Speech, begin: int, end: int) -> SentenceSpan:
    pieces = speech.pieces[begin:end]
    text = pieces[0].text
    for a, b in pairwise(pieces):
        text += (" " if a.last else joined(a.text, b.text)) + b.text
    end_s = max(p.end_s for p in pieces)
    pause_s = speech.pauses_s[begin - 1] if begin and speech.punctuated else 0.0
    return SentenceSpan(pieces[0].start_s, end_s, text, len(pieces), (pieces[0].cue, pieces[-1].cue + 1), pause_s)
