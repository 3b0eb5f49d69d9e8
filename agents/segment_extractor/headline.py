"""A clip's title from what is said in it: the key sentence without the words that only lead up to it."""

import re

MIN_WORDS, MAX_WORDS, MAX_LETTERS = 3, 10, 64

_LEAD = re.compile(
    r"""^(?:
        (?:so|now|and|but|okay|ok|well|right|alright|then|also|again|finally|basically|essentially|actually|yes|yeah
          |first|next|still|exactly|because|like|you\ know|i\ mean|i\ think|in\ fact|of\ course|as\ you\ can\ see
          |be\ careful)
      | for\ (?:example|instance) | to\ (?:summari[sz]e|sum\ up|recap|conclude)
      | in\ (?:summary|short|other\ words|conclusion|general)
      | remember(?:\ this)?(?:\ for\ the\ exam)? | note(?:\ that)? | keep\ in\ mind(?:\ that)?
      | (?:the|a|one|another)\ (?:key|main|important|crucial|big|central|first|second|final|last|other|next|only)
        \ (?:idea|point|thing|insight|result|reason|piece|part|step)(?:\ (?:here|of\ this))?\ (?:is|was)(?:\ that)?
      | (?:let\ us|let's|we\ will|we'll|we\ are\ going\ to|we're\ going\ to|you\ must|you\ have\ to|you\ need\ to
          |you\ should|i\ want\ to|i'm\ going\ to|i\ will|i'll|we\ want\ to|we\ need\ to|we\ have\ to)
      | (?:here|there)\ (?:is|are|'s)|(?:here|there)'s
      | (?:this|that|which|it)\ (?:means|shows|tells\ us)(?:\ that)?
    )\b[\s,:;–-]*""",
    re.IGNORECASE | re.VERBOSE,
)
_CLAUSE = re.compile(r"(?:[;:]| –|,? because\b|,? which\b|,? so that\b|,? and then\b|,? whereas\b|,? but\b)\s*")
_NO_START = re.compile(
    r"""(?:it|its|it's|they|them|their|these|those|this|that|that's|he|she|him|her|his|there|here|which|what's|who|if
    |(?:start|begin|continue|finish|stop|go|move|come|get|look|talk|turn)\ (?:with|by|at|on|to|back|into|over|about)
    |as|when|while|i|i'm|i've|we|we're|we've|you|your|my|our|not|is|are|was|do|does|did|a\ couple|a\ lot|some|one
    |will|would|can|could|should|has|have|had)\b""",
    re.IGNORECASE | re.VERBOSE,
)
"""What points back to something said before, to the people in the room, or to the talk itself: no title."""
_NO_END = re.compile(
    r"""\b(?:a|an|the|of|to|in|on|at|by|for|with|from|and|or|but|so|if|as|is|are|was|were|be|been|has|have|had|do|does
    |did|that|which|who|because|when|while|than|then|not|will|would|can|could|should|may|might|must|i|we|you|he|she
    |it|they|this|these|those|my|our|your|just|really|very|somehow|too|now|here|there|like|about|into)$""",
    re.IGNORECASE | re.VERBOSE,
)


def headline(sentence: str) -> str | None:
    """A title of 3 to 10 words, None where the sentence gives none that stands by itself. For English text.

    >>> headline("The key idea is that every question halves what is left.")
    'Every question halves what is left'
    >>> headline("So it does that as well.") is None
    True
    """
    text = _stripped(sentence.strip().rstrip(".!…"))
    if len(text.split()) > MAX_WORDS or len(text) > MAX_LETTERS:
        text = _first_clauses(text)
    words = text.split()
    if not MIN_WORDS <= len(words) <= MAX_WORDS or len(text) > MAX_LETTERS:
        return None
    if _NO_START.match(text) or _NO_END.search(text):
        return None
    return text[:1].upper() + text[1:]


def _stripped(text: str) -> str:
    while (lead := _LEAD.match(text)) and lead.end() < len(text):
        text = text[lead.end() :]
    return text


def _first_clauses(text: str) -> str:
    """As many whole clauses from the front as fit."""
    best = ""
    for boundary in _CLAUSE.finditer(text):
        front = text[: boundary.start()].rstrip(" ,;:")
        if len(front.split()) > MAX_WORDS or len(front) > MAX_LETTERS:
            break
        best = front
    return best
