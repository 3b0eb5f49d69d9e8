"""Caption cues as timed words: without markup, sound descriptions and speaker labels."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from agents.content_analyzer.scripts import characters
from agents.types import Segment

_MARKUP = re.compile(r"<[^>]{0,80}>|\{\\[^}]{0,80}\}")
_NOT_SPEECH = re.compile(r"(?<!\w)[\[(（【♪♫][^\])）】♪♫]{0,60}[\])）】♪♫]|[♪♫]|^[\s\0]*[-–—]+(?=[\s\0]|[^\W\d_])")
_ARROW = re.compile(r"^(?:>>+|&gt;&gt;)")
"""What captions put before somebody else's words, anywhere in a cue."""
_NAME = r"(?:[^\W\d_][\w.'’-]{0,24}|\d{1,2})"
_LABEL = re.compile(rf"\s*(?:>>+\s*|[-–—]\s*)?({_NAME}(?: {_NAME}){{0,3}}):\s+\S")
_LABEL_CUES = 3
"""So many cues open with a label before it is taken for one: “Note:” may be said once or twice."""
_LABEL_SHARE = 0.02


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


def spoken_text(text: str) -> str:
    """Caption text without markup, sound descriptions and speaker arrows."""
    return " ".join(_ARROW.sub("", word) for word in _spoken(text.split()) if _ARROW.sub("", word))


def pieces_of(segments: Sequence[Segment]) -> Iterator[Piece]:
    """The words that are spoken, cue by cue.

    A label that opens several cues (“ANNA: …”) names the speaker until the next one, and is no word itself. After an
    arrow (“>>”) somebody else speaks, who has no name.
    """
    labels = _labels(segments)
    named: str | None = None
    turns = 0
    for number, cue in enumerate(segments):
        spoken: list[tuple[float, float, str, str | None]] = []
        timed = _timed(cue)
        skip = 0
        for i, (start_s, end_s, text) in enumerate(timed):
            bare = _ARROW.sub("", text)
            turns += bare != text
            if label := next((k for k in labels.get(bare, ()) if _stands(k, bare, timed[i : i + len(k)])), ()):
                named, skip = " ".join(label), len(label)
            if skip:
                skip -= 1
            elif bare:
                spoken += _by_character(start_s, end_s, bare, cue.speaker or _voice(named, turns))
        for i, (word_start_s, word_end_s, text, speaker) in enumerate(spoken):
            first, last = i == 0, i == len(spoken) - 1
            # A sentence that opens or closes a cue does so at the cue's own time.
            start_s = min(word_start_s, cue.start_s) if first else word_start_s
            end_s = max(word_end_s, cue.end_s) if last else word_end_s
            yield Piece(start_s, max(start_s, end_s), text, number, first, last, speaker)


def _voice(named: str | None, turns: int) -> str | None:
    return f"{named or ''} {turns}" if turns else named


def _labels(segments: Sequence[Segment]) -> dict[str, list[tuple[str, ...]]]:
    """The labels of the speakers as words, the last with its colon, by their first word."""
    counts = Counter(m[1] for m in (_LABEL.match(_MARKUP.sub("", s.text)) for s in segments) if m)
    least = max(_LABEL_CUES, _LABEL_SHARE * len(segments))
    sure = {label for label, n in counts.items() if n >= least and not label[0].islower()}
    capitals = any(label.isupper() for label in sure)
    found: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    for label in counts:
        if label in sure or (capitals and label.isupper()):
            words = tuple(f"{label}:".split())
            found[words[0]].append(words)
    return found


def _stands(label: tuple[str, ...], first: str, timed: Sequence[tuple[float, float, str]]) -> bool:
    return label == (first, *(text for _, _, text in timed[1:]))


def _timed(cue: Segment) -> list[tuple[float, float, str]]:
    """The spoken words of a cue; those without times of their own get a share by their letters."""
    if cue.words:
        spoken = _spoken([w.text.strip() for w in cue.words])
        return [(w.start_s, w.end_s, text) for w, text in zip(cue.words, spoken, strict=True) if text]
    words = [word for word in _spoken(cue.text.split()) if word]
    letters = sum(len(w) + 1 for w in words)
    timed, at = [], 0
    for word in words:
        start_s = cue.start_s + (cue.end_s - cue.start_s) * at / letters
        at += len(word) + 1
        timed.append((start_s, cue.start_s + (cue.end_s - cue.start_s) * at / letters, word))
    return timed


def _by_character(
    start_s: float, end_s: float, text: str, speaker: str | None
) -> Iterator[tuple[float, float, str, str | None]]:
    """A word; or each character of it, where the script has no spaces, with its share of the time."""
    parts = characters(text)
    step_s = (end_s - start_s) / len(parts)
    for i, part in enumerate(parts):
        yield start_s + i * step_s, start_s + (i + 1) * step_s, part, speaker


def _spoken(words: Sequence[str]) -> list[str]:
    """As many words, each without what nobody says; a sound description may be several words long."""
    text = " ".join(words)
    shown = list(text)
    for match in _MARKUP.finditer(text):
        shown[match.start() : match.end()] = [""] * len(match.group())
    for match in _NOT_SPEECH.finditer("".join(c or "\0" for c in shown)):
        shown[match.start() : match.end()] = [" "] * len(match.group())
    found, at = [], 0
    for word in words:
        found.append("".join("".join(shown[at : at + len(word)]).split()))
        at += len(word) + 1
    return found
