"""English phrases by which speakers open a topic, close one, hand over to somebody, or say good-bye."""

import re
from collections.abc import Sequence

from agents.content_analyzer.sentences import SentenceSpan

_OPENING_WORDS, _CLOSING_WORDS, _FAREWELL_WORDS = 16, 12, 40
"""An announcement stands in the first words of its sentence, after fillers and false starts."""
FAREWELL_SHARE, FAREWELL_MIN_S, FAREWELL_MAX_S = 0.12, 60.0, 180.0
"""A farewell lies in the last 12 % of the speech, at least 60 s of it and at most 180 s."""
_FAREWELL_GAP_S, _FAREWELL_END_S = 20.0, 30.0

_THING = (
    r"(?:thing|topic|subject|part|section|chapter|unit|step|stage|point|piece|example|case|question|exercise|theorem"
    r"|item|slide|feature|method|approach|technique|issue|problem|idea|concept|area|aspect|update)s?"
)
_TREAT = (
    r"(?:talk|look|take a (?:\w+ )?look|discuss|describe|explain|introduce|share|walk|move|switch|cover|start|begin"
    r"|turn|go (?:over|through|into|back|on|to)|jump|dive|show|consider|see|focus|continue|step|open|try|review|do)"
)
_WILL = (
    r"(?:(?:i'm|we're|i am|we are) (?:now )?(?:going to|gonna)|(?:i|we) (?:want|wanted|would like) to"
    r"|(?:i'd|we'd) like to|i'll|we'll|i will|we will)"
)
_OPENS = re.compile(
    rf"\b(?:(?:the|our|my|one|a) (?:next|final|last|other|second|third|fourth) (?:\w+ ){{0,2}}{_THING}"
    rf"|another (?:\w+ ){{0,2}}{_THING}"
    r"|moving on|mov(?:e|ing) (?:on|over|ahead) to|switch(?:ing)? (?:over|gears|to)|shift(?:ing)? gears"
    r"|turn(?:ing)? (?:now |our attention )?to|on to the|back to the"
    rf"|(?:let's|let us|let me|{_WILL})(?: \w+)? {_TREAT}"
    r"|in (?:this|the next) (?:section|part|lecture|video|chapter|lesson|module|talk)"
    r"|next up|as for|when it comes to|first of all|to (?:start|begin) with)\b"
)
_FILLED = r"(?:\W*(?:and|so|yeah|yes|ok|okay|um|uh|alright|all right|now|well|then|but)\b)*\W*"
_NEXT = re.compile(_FILLED + r"(?:next|finally|lastly|first(?:ly)?|second(?:ly)?|third(?:ly)?|now)\b")
_CLOSES = re.compile(
    r"\b(?:(?:that's|that is|this is|those are|these are|that was) (?:\w+ ){0,2}"
    r"(?:it|all|what (?:i|we)|(?:how|why) (?:we|you|it|this|an?|the)"
    r"|the (?:\w+ )?(?:things?|stuff|gist|story|end|basics?))\b"
    r"|to (?:sum|summari[sz]e|conclude|recap|wrap)|in (?:summary|conclusion|short)"
    r"|(?:so|as) (?:far )?we(?:'ve| have) (?:seen|covered|learned|discussed)"
    r"|wrap(?:s|ping)? (?:it |this |things )?up|concludes?\b)"
)
_FAREWELL = re.compile(
    r"\b(?:thank you|thanks|that's (?:about |pretty much |really |basically )?(?:it|all)\b|(?:good)?bye|see you"
    r"|signing off|have a (?:good|great|nice)|until next|any (?:other |more )?questions|hope (?:you|this|that)"
    r"|take care|conclu(?:des?|ding|sion)|in summary|to sum(?:mari[sz]e)?|wrap(?:ping)? (?:it |this |things )?up"
    r"|out of time|next (?:time|week|lecture|class|video))\b"
)
_HANDS_OVER = re.compile(
    r"\b(?:[Tt]hanks|[Tt]hank you),? [A-Z][a-z]+\b"
    r"|\b[A-Z][a-z]+, (?:do you want|would you like|you want|can you|could you|go ahead|you're (?:up|next)|your turn"
    r"|over to you|what about you|how about you)"
    r"|\b(?:[Oo]ver to (?:you|[A-Z][a-z]+)|(?:you|who) (?:want|wants) to go\b|go ahead, [A-Z])"
)


def opens_topic(text: str) -> bool:
    """“So now let's look at …”, “another thing is …”, “next, …”."""
    said = _first(text, _OPENING_WORDS)
    return _OPENS.search(said) is not None or _NEXT.match(said) is not None


def closes_topic(text: str) -> bool:
    """“So that's how it works”, “to sum up”."""
    return _CLOSES.search(_first(text, _CLOSING_WORDS)) is not None


def hands_over(text: str) -> bool:
    """“Thanks, Ada”, “Ada, do you want to go on?”: somebody else's turn."""
    return _HANDS_OVER.search(text.replace("’", "'")) is not None


def farewell(sentences: Sequence[SentenceSpan]) -> int | None:
    """The sentence that opens the good-bye at the lecture's end. None without one.

    It takes two closing phrases, at most 20 s apart each, the last at most 30 s before the end. A mere “Alright.”
    before them belongs to them.
    """
    if not sentences:
        return None
    end_s = max(s.end_s for s in sentences)
    span_s = end_s - sentences[0].start_s
    from_s = end_s - min(max(FAREWELL_SHARE * span_s, FAREWELL_MIN_S), FAREWELL_MAX_S, 0.3 * span_s)
    late = [i for i, s in enumerate(sentences) if s.start_s >= from_s]
    said = [i for i in late if _says_farewell(sentences[i].text) or closes_topic(sentences[i].text)]
    if len(said) < 2 or end_s - sentences[said[-1]].end_s > _FAREWELL_END_S:
        return None
    opening = said[-1]
    for i in reversed(said[:-1]):
        if sentences[opening].start_s - sentences[i].end_s > _FAREWELL_GAP_S:
            break
        opening = i
    while opening - 1 >= max(late[0], 1) and sentences[opening - 1].words <= 3:
        opening -= 1
    return opening or None


def _says_farewell(text: str) -> bool:
    return _FAREWELL.search(_first(text, _FAREWELL_WORDS)) is not None


def _first(text: str, words: int) -> str:
    return " ".join(text.lower().replace("’", "'").split()[:words])
