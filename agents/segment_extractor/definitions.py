"""Terms that a clip uses and that the lecture has defined before it. English."""

import re
from bisect import bisect_left
from dataclasses import dataclass

from agents.segment_extractor.lecture import Lecture
from agents.segment_extractor.scoring import Candidate
from agents.segment_extractor.words import stems

MAX_DEFINITION_S = 14.0
NEAR_S = 25.0
"""Up to this long before the clip, the clip begins with the definition; further back the definition is cut in."""
MAX_BACK_S = 1200.0
_MIN_USES = 3
_TERM = r"(?P<term>[a-z][\w'-]{3,}(?: [a-z][\w'-]{2,}){0,2})"
_ARTICLE = "(?:an? |the )?"
_OVER = "[.,;:]?(?:$| and | which | because )"
_PATTERNS = tuple(
    re.compile(p)
    for p in (
        rf"\b(?:is|are|'s|also|what's) (?:called|known as|termed|referred to as) {_ARTICLE}{_TERM}{_OVER}",
        rf"\b(?:we|people|i) (?:also |usually |often )?call (?:this|that|it|these|them) {_ARTICLE}{_TERM}{_OVER}",
        rf"^{_ARTICLE}{_TERM} (?:is|are) (?:defined as |essentially |basically |really |just |simply )?(?:an?|the) \w+",
        rf"^{_ARTICLE}{_TERM} (?:means|refers to|stands for) ",
        rf"\bby {_TERM},? (?:we|i) mean ",
        rf"\bdefine {_ARTICLE}{_TERM} (?:as|to be) ",
    )
)
_LEAD = re.compile(r"^(?:(?:so|and|now|okay|well|basically|essentially|remember|recall|again)\b,? (?:that )?)+")
_VAGUE_WORDS = """
    thing things idea point reason question problem answer goal first second next last other same part example
    case number value result main only way name type kind there here this that these those what which
    many some most all each every really also just still both one two today"""
_VAGUE = frozenset(_VAGUE_WORDS.split())


@dataclass(frozen=True)
class Definition:
    """``term`` as it is said, defined by block ``block``."""

    term: str
    stems: frozenset[str]
    block: int


def defined_term(text: str) -> str | None:
    """The term that a sentence defines.

    >>> defined_term("So a binary heap is a complete tree.")
    'binary heap'
    >>> defined_term("The next thing is a question.") is None
    True
    """
    plain = text.lower().replace("’", "'").strip().rstrip(".!")
    if plain.endswith("?"):
        return None
    plain = _LEAD.sub("", plain)
    for pattern in _PATTERNS:
        found = pattern.search(plain)
        if found:
            words = found["term"].split()
            if not _VAGUE & set(words):
                return " ".join(words)
    return None


def definitions(lecture: Lecture) -> list[Definition]:
    """The first definition of each telling term, where it is short, whole and clear by itself; in time order.

    A sentence of the form “a heap is a …” defines only what it mentions first, or what it is known to define.
    """
    if not lecture.english:
        return []
    found: list[Definition] = []
    known: set[frozenset[str]] = set()
    starts = [b.sentences[0] for b in lecture.blocks]
    said: set[str] = set()
    for number, sentence in enumerate(lecture.sentences):
        term = defined_term(sentence.text)
        wanted = frozenset(stems(term)) if term else frozenset()
        new = not wanted <= said
        said |= lecture.stems[number].keys()
        if term is None or not wanted or wanted in known or not wanted <= lecture.rarity.keys():
            continue
        if "definition" not in sentence.reasons and not new:
            continue
        known.add(wanted)
        at = bisect_left(starts, number + 1) - 1
        block = lecture.blocks[at]
        lean = lecture.leans(at)
        short = block.clip_end_s - block.clip_start_s <= MAX_DEFINITION_S
        if short and block.opens and block.closes and lean is None:
            found.append(Definition(term, wanted, at))
    return found


def needed(lecture: Lecture, clip: Candidate, known: list[Definition]) -> Definition | None:
    """The definition that the clip misses most: that of the term it uses most, if it does so again and again.

    The term is used in the clip's first half, and neither defined nor brought up in it for the first time.
    """
    span = range(*clip.sentences)
    half = span[: max(1, len(span) // 2)]
    best: tuple[int, Definition] | None = None
    for definition in known:
        if definition.block >= clip.first:
            break
        if lecture.blocks[clip.first].start_s - lecture.blocks[definition.block].end_s > MAX_BACK_S:
            continue
        uses = [i for i in span if definition.stems <= lecture.terms[i].keys()]
        redefined = any(defined_term(lecture.sentences[i].text) == definition.term for i in uses)
        if len(uses) >= _MIN_USES and uses[0] in half and not redefined and (best is None or len(uses) > best[0]):
            best = (len(uses), definition)
    return best[1] if best else None
