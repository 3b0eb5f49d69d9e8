"""Whole sentences from caption cues, which may cut them anywhere, lack punctuation, overlap, or end at pauses."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from agents.types import Segment

_MARKUP = re.compile(r"<[^>]{0,80}>|\{\\[^}]{0,80}\}")
_NOT_SPEECH = re.compile(r"[\[(（【♪♫][^\])）】♪♫]{0,60}[\])）】♪♫]|[♪♫]|^\s*(?:>>+|[-–—])\s*")
_UNSPACED_END = re.compile(r"(?<=[。！？｡])(?=\S)")
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

PAUSE_S = 0.6
LONG_PAUSE_S = 2.5
MAX_SENTENCE_S = 40.0
MAX_UNPUNCTUATED_S = 16.0
_WORDS_PER_MARK = 60


@dataclass(frozen=True)
class Piece:
    """A word with its time and its place in its cue."""

    start_s: float
    end_s: float
    text: str
    cue: int
    first: bool
    last: bool
    speaker: str | None


@dataclass(frozen=True)
class SentenceSpan:
    """A whole sentence; ``cues`` is the half-open range of the cues that it touches, in time order."""

    start_s: float
    end_s: float
    text: str
    words: int
    cues: tuple[int, int]

    @property
    def length_words(self) -> int:
        """Words, or as many as its letters would be where a script puts no spaces between words."""
        spaced = self.words * 12 >= len(self.text)
        return max(self.words if spaced else round(len(self.text) / 3), 1)


def spoken_text(text: str) -> str:
    """Caption text without markup, sound descriptions and speaker arrows."""
    return " ".join(_NOT_SPEECH.sub(" ", _MARKUP.sub("", text)).split())


def build_sentences(segments: Sequence[Segment]) -> list[SentenceSpan]:
    """Sentences in time order. They end where a cue ends wherever punctuation or pauses allow it."""
    pieces = list(_pieces(sorted(segments, key=lambda s: (s.start_s, s.end_s))))
    marks = sum(p.text.rstrip(_CLOSING).endswith(_ENDS) for p in pieces)
    punctuated = marks * _WORDS_PER_MARK >= len(pieces)
    sentences: list[SentenceSpan] = []
    begin = 0
    for i, piece in enumerate(pieces):
        following = pieces[i + 1] if i + 1 < len(pieces) else None
        if following is None or _ends_here(pieces, begin, i, following, punctuated):
            sentences.append(_sentence(pieces[begin : i + 1]))
            begin = i + 1
        elif piece.end_s - pieces[begin].start_s > (MAX_SENTENCE_S if punctuated else MAX_UNPUNCTUATED_S):
            cut = _best_cut(pieces, begin, i)
            sentences.append(_sentence(pieces[begin : cut + 1]))
            begin = cut + 1
    return sentences


def _pieces(segments: Sequence[Segment]) -> Iterator[Piece]:
    for number, cue in enumerate(segments):
        timed = [(w.start_s, w.end_s, spoken_text(w.text)) for w in cue.words]
        if not timed:
            timed = _interpolated(cue)
        timed = [w for w in timed if w[2]]
        for i, (word_start_s, word_end_s, text) in enumerate(timed):
            first, last = i == 0, i == len(timed) - 1
            # A sentence that opens or closes a cue does so at the cue's own time.
            start_s = min(word_start_s, cue.start_s) if first else word_start_s
            end_s = max(word_end_s, cue.end_s) if last else word_end_s
            yield Piece(start_s, max(start_s, end_s), text, number, first, last, cue.speaker)


def _interpolated(cue: Segment) -> list[tuple[float, float, str]]:
    words = _UNSPACED_END.sub(" ", spoken_text(cue.text)).split()
    letters = sum(len(w) + 1 for w in words)
    timed, at = [], 0
    for word in words:
        start_s = cue.start_s + (cue.end_s - cue.start_s) * at / letters
        at += len(word) + 1
        timed.append((start_s, cue.start_s + (cue.end_s - cue.start_s) * at / letters, word))
    return timed


def _ends_here(pieces: Sequence[Piece], begin: int, i: int, following: Piece, punctuated: bool) -> bool:
    piece = pieces[i]
    before = pieces[i - 1] if i > begin else None
    pause_s = following.start_s - piece.end_s
    long_enough = i - begin >= 5
    if piece.last and piece.speaker != following.speaker:
        return True
    if not punctuated:
        return (piece.last and pause_s >= PAUSE_S and long_enough) or pause_s >= LONG_PAUSE_S
    if pause_s >= LONG_PAUSE_S and piece.last:
        return not _dangles(piece, before)
    return _closes(piece, before, following, opens=i == begin)


def _closes(piece: Piece, before: Piece | None, following: Piece, *, opens: bool) -> bool:
    """Whether the mark at the end of ``piece`` ends a sentence."""
    text = piece.text.rstrip(_CLOSING)
    if not text.endswith(_ENDS):
        return False
    after = following.text.lstrip("\"'“‘«([{¿¡「『")
    goes_on = after[:1].islower() or (after[:1].isdigit() and text[:-1].isdigit())
    if text.endswith(("...", "…")):
        return not goes_on and (after[:1].isupper() or following.start_s - piece.end_s >= PAUSE_S)
    if text.endswith("."):
        if text.lower() in _ABBREVIATIONS or (_INITIALS.match(text) and text != "I." and not piece.last):
            return False
        if opens and text[:-1].isdigit():  # "1. First, …"
            return False
        return not goes_on and not _dangles(piece, before)
    return True


def _dangles(piece: Piece, before: Piece | None) -> bool:
    """“… allows us to.” or “…, and then it.”: the recogniser's full stop at a pause within a sentence."""
    last = _bare(piece.text)
    return last in _DANGLING or (before is not None and last in _SUBJECTS and _bare(before.text) in _CONJUNCTIONS)


def _bare(text: str) -> str:
    return text.rstrip(_CLOSING).rstrip(".,…").lower()


def _best_cut(pieces: Sequence[Piece], begin: int, end: int) -> int:
    """Where to end a sentence that has no end: a cue's end with a long pause, in the later two thirds."""

    def fitness(i: int) -> tuple[bool, float, int]:
        pause_s = pieces[i + 1].start_s - pieces[i].end_s
        whole = pieces[i].last and not _dangles(pieces[i], pieces[i - 1] if i > begin else None)
        return (whole, round(max(pause_s, 0.0), 1), i)

    return max(range(begin + (end - begin) // 3, end + 1), key=fitness)


def _sentence(pieces: Sequence[Piece]) -> SentenceSpan:
    text = " ".join(p.text for p in pieces)
    end_s = max(p.end_s for p in pieces)
    return SentenceSpan(pieces[0].start_s, end_s, text, len(pieces), (pieces[0].cue, pieces[-1].cue + 1))
