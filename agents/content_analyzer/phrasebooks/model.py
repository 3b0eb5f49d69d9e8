"""What a phrasebook of a language holds. Its patterns meet lower-case text with straight apostrophes."""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class CuePhrase:
    """``reason`` is the stable name that sentences carry; ``weight`` 0..1 is how much it says."""

    reason: str
    weight: float
    pattern: re.Pattern[str]


WEIGHTS = {
    "definition": 0.55,
    "key_point": 0.65,
    "remember": 0.6,
    "exam_hint": 0.7,
    "recap": 0.55,
    "example": 0.45,
    "result": 0.5,
    "explanation": 0.4,
    "restatement": 0.4,
    "enumeration": 0.4,
    "comparison": 0.4,
}
"""How much each reason says, in any language."""


@dataclass(frozen=True)
class Phrasebook:
    """``opens``, ``closes`` and ``farewell`` are looked for anywhere in what opens a sentence.

    ``conclusion`` is the title of the good-bye at a lecture's end.
    ``housekeeping``: greetings, farewells, screen sharing and fumbling, which are true speech, but nobody's highlight.
    ``asks``: how questions begin, for transcripts without question marks.
    """

    opens: re.Pattern[str]
    closes: re.Pattern[str]
    farewell: re.Pattern[str]
    housekeeping: re.Pattern[str]
    asks: re.Pattern[str]
    cues: tuple[CuePhrase, ...]
    conclusion: str


def anywhere(*alternatives: str) -> re.Pattern[str]:
    """Any of these, beginning with a word. What must end with one says so."""
    return re.compile(r"\b(?:" + "|".join(alternatives) + r")")


def cue(reason: str, *alternatives: str) -> CuePhrase:
    return CuePhrase(reason, WEIGHTS[reason], anywhere(*alternatives))
