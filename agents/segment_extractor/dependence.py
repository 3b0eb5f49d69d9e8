"""Sentences that cannot be understood without what was said before them. English; other languages by their case."""

import re
from dataclasses import dataclass

from agents.types import Sentence

_LEAD = re.compile(
    r"""(?:(?:so|and|now|okay|ok|well|right|alright|all\ right|yeah|um|uh|again|actually|basically|you\ know|i\ mean)
        \b[,.]?\ +)+""",
    re.IGNORECASE | re.VERBOSE,
)
"""Habits of speech that may come before anything."""
_EXPLETIVE = re.compile(
    r"""it(?:'s|\ is|\ was|\ (?:would|can|may|will)\ be)\ (?:\w+ly\ |very\ |not\ |also\ |quite\ |so\ |often\ )*
        (?:\w+(?:able|ible|ful)|important|clear|obvious|easy|hard|difficult|worth|known|common|better|best|good|nice
          |necessary|interesting|true|time|crucial|essential|helpful|tempting|likely|rare)
        \b(?:\ \w+){0,2}?\ (?:to|that|for|if|when|how|why|what)\b
      | it\ (?:turns\ out|seems\ (?:that|like)|looks\ like|follows\ that|takes\ (?:a|an|some|time|\w+\ to))
    """,
    re.IGNORECASE | re.VERBOSE,
)
_DEIXIS = re.compile(
    r"""(?:(?:in|for|during|of|at|by|from|with)\ )?th(?:is|ese)\ (?:\w+\ )?
        (?:lecture|video|course|class|week|chapter|section|module|tutorial|talk|presentation
        |session|semester|year|morning|afternoon|evening|lesson|unit|series|meeting|recording|episode)s?\b""",
    re.IGNORECASE | re.VERBOSE,
)
"""“This lecture” points at the lecture, not back into it."""
_POINTS_BACK = re.compile(
    r"""(?:
        (?:it|it's|this|that|this'll|that'll|that's|these|those|they|they're|they've|they'll|them|he|he's|she|she's|her|his|him
          |its|their|both)
      | which|who|whose|whereas|otherwise|therefore|hence|thus|consequently|accordingly|instead|similarly|likewise
      | conversely|furthermore|moreover|besides|however|nevertheless|nonetheless|meanwhile|afterwards
      | in\ other\ words|that\ is\ to\ say|for\ (?:example|instance)|such\ (?:a|an|as)|(?:as|because)\ of\ (?:this|that)
      | in\ (?:this|that|these|those)\ (?:case|cases|way|sense|situation)
      | (?:because|after|before|with|for|from|of|by|on|in|to|at|like|besides|all\ of|each\ of|some\ of|one\ of|most\ of)
        \ (?:this|that|these|those|it|them)
      | as\ (?:we|i|you)(?:'ve|\ have)?\ (?:just\ )?
        (?:saw|seen|said|mentioned|discussed|noted|showed|shown|did|done|learned)
      | like\ (?:i|we)\ (?:just\ )?(?:said|mentioned)
      | the\ (?:former|latter|same|other|others|second|third|fourth|next|rest|remaining)
      | another|the\ opposite|(?:and\ )?so\ (?:does|do|is|are|can|will)|not\ only\ that|same\ (?:thing|for|with)
      | the\ (?:reason|idea|point|purpose|result|problem|way|advantage)\ (?:for|of|behind|with|to|about|that|in)
        \ (?:this|that|it|these|those|works?)
      | the\ way\ (?:this|that|it)
      | or|than|into|of|also|because|like|does|doesn't|don't|isn't|has|hasn't|is|are|was|were|rather\ than
      | will|would|can|could|should|might|must|have|had|did|didn't|cannot|can't|won't
    )\b(?!['’])""",
    re.IGNORECASE | re.VERBOSE,
)
_CONTRAST = re.compile(r"(?:but|then|and then|so)\b", re.IGNORECASE)
_REFERS = re.compile(
    r"\b(?:as (?:we|i) (?:just )?(?:saw|said|mentioned)"
    r"|(?:mentioned|described|shown|defined) (?:above|before|earlier))\b",
    re.IGNORECASE,
)
_ANSWER = re.compile(r"(?:yes|no|yeah|yep|nope|exactly|correct|right|sure|true|precisely|of course)\b", re.IGNORECASE)
_MARKS = (".", "?", "!", "…", "。", "！", "？", "؟", "।", "۔", "｡")
_QUESTION = ("?", "？", "؟")
_UNFINISHED = re.compile(
    r"\b(?:and|or|but|then|because|if|when|which|who|the|an?|to|of|with|for|from|into|my|our|your|their|is|are|was|that)"
    r"(?: (?:it|we|you|i|they|he|she|this|that|the|an?|is|then))?[.,…]*$"
    r"|\bthe way (?:that |this |it )?works?[.,…]*$"
    r"|(?<!think )(?<!say )(?<!hope )(?<!do )(?<!or )\bso[.,…]*$",
    re.IGNORECASE,
)
"""Recognisers put a full stop at every pause; a sentence that ends like this has not ended."""
_FRAGMENT = re.compile(
    r"(?:and|but|or|so|then|and then|so then|with|in|on|for|from|at|like) [\w']+(?: [\w']+){0,3}[.,…]*$"
    r"|(?:(?:and|but|so) )?(?:because|if|when|while|although|instead of|rather than|whereas|as soon as)\b"
    r"[^,]{0,70}[.…]$",
    re.IGNORECASE,
)
"""A few words after a conjunction, or a clause that waits for its main clause."""
_ANNOUNCES = re.compile(
    r"(?:(?:so|and|now|okay|ok|then|next|but|well)\b,? )*(?:let's|let me|let us|we'll|we will|i'll|i will|i'm going to"
    r"|i am going to|we're going to|we are going to|next|if (?:we|you|i) (?:look|go|see)|looking at|here's (?:the|an?)"
    r"|moving on|there (?:is|are) (?:\w+ ){0,3}(?:ways|things|reasons|steps|kinds|types)|the way)\b",
    re.IGNORECASE,
)
_ASKS_WORDS = """
    is are was were does doesn't don't has hasn't isn't who which whose will would can could should might must have had
    did didn't can't won't"""
_ASKING = frozenset(_ASKS_WORDS.split())
_CLOSING = "\"'”’»)]"


@dataclass(frozen=True)
class Dependence:
    """``cue`` is the word that points back. ``strong``: without what came before, the sentence makes no sense."""

    cue: str
    strong: bool


def dependence(sentence: Sentence, before: Sentence | None, english: bool) -> Dependence | None:
    """What makes ``sentence`` lean on ``before``, the sentence ahead of it; None where it stands by itself.

    >>> dependence(Sentence(0, 1, "So that means it halves the list.", 0.5), Sentence(0, 1, "We look.", 0.5), True).cue
    'that'
    >>> dependence(Sentence(0, 1, "This lecture is about lists.", 0.5), None, True) is None
    True
    """
    if before is None:
        return None
    text = sentence.text.strip().replace("’", "'")
    cue = None
    if text[:1].islower() and any(mark in before.text for mark in ".?!…"):
        cue = text.split()[0]
    elif english:
        cue = before.text.split()[-1] if unfinished(before) else _pointer(text, before)
    if cue is not None:
        return Dependence(cue, True)
    found = (_CONTRAST.match(text) or _REFERS.search(text)) if english else None
    return Dependence(found[0].lower(), False) if found else None


def _pointer(text: str, before: Sentence) -> str | None:
    """The word in which ``text`` points back."""
    if _asks(before.text) and (reply := _ANSWER.match(text)):
        return reply[0].lower()
    bare = text[lead.end() :] if (lead := _LEAD.match(text)) else text
    back = _POINTS_BACK.match(bare)
    if back is None or _EXPLETIVE.match(bare) or _DEIXIS.match(bare):
        return None
    cue = back[0].lower()
    return None if _asks(text) and cue in _ASKING else cue


def _asks(text: str) -> bool:
    return text.rstrip(_CLOSING).endswith(_QUESTION)


def unfinished(sentence: Sentence) -> bool:
    """Does the sentence stop in the middle, whatever its punctuation says?"""
    text = sentence.text.rstrip()
    return text.endswith((",", ";", ":", "-", "–", "—")) or _UNFINISHED.search(text) is not None


def fragment(sentence: Sentence) -> bool:
    """Is the sentence only a part of one?

    >>> fragment(Sentence(0, 1, "And then on Windows.", 0.5)), fragment(Sentence(0, 1, "So it works.", 0.5))
    (True, True)
    >>> fragment(Sentence(0, 1, "When the list is sorted, we are done.", 0.5))
    False
    """
    return unfinished(sentence) or _FRAGMENT.match(sentence.text.strip().replace("’", "'")) is not None


def announces(sentence: Sentence) -> bool:
    """Does the sentence say what comes next, rather than anything itself?"""
    return _ANNOUNCES.match(sentence.text.strip().replace("’", "'")) is not None


def has_ended(sentence: Sentence) -> bool:
    """Is there a mark that ends a sentence?"""
    return sentence.text.rstrip().rstrip(_CLOSING).endswith(_MARKS)


def says_nothing(sentence: Sentence) -> bool:
    """A sound of assent, or a word or two: nothing that the next sentence could lean on.

    >>> says_nothing(Sentence(0, 1, "Mm - hmm.", 0.5)), says_nothing(Sentence(0, 1, "Sort first.", 0.5))
    (True, False)
    """
    words = re.findall(r"[^\W\d_]+", sentence.text)
    return len(words) <= 3 and all(len(word) <= 4 for word in words)
