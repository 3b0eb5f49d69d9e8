"""English phrases by which lecturers mark what is worth keeping, and those that mark housekeeping."""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class CuePhrase:
    """``reason`` is the stable name that sentences carry; ``weight`` 0..1 is how much it says."""

    reason: str
    weight: float
    pattern: re.Pattern[str]


def _cue(reason: str, weight: float, *alternatives: str) -> CuePhrase:
    return CuePhrase(reason, weight, re.compile(r"\b(?:" + "|".join(alternatives) + r")"))


_NUMBER = r"(?:two|three|four|five|six|seven|several|a couple of|a few|many|various|different|\d)"

CUES = (
    _cue(
        "definition",
        0.55,
        r"(?:is|are|'s|something|also) called (?!on|when|by|from|for|every|in|with|at|again|after|and|once)\w",
        r"(?:is|are|'s) (?:also |then )?(?:defined as|known as|termed|referred to as)\b",
        r"(?:is|are|'s) (?:essentially|basically|really|just|simply) (?:a|an|the)\b",
        r"refers? to (?:a|an|the)\b",
        r"(?:we|i|people) (?:usually |often |also )?(?:call (?:this|that|it|these)|define (?:a|an|the|this|it))\b",
        r"(?:by|the) definition\b",
        r"(?:what|here) (?:we|i) mean by\b",
        r"what (?:this|that|it|the \w+) (?:really |actually |basically |essentially )?(?:is|does|means)\b",
        r"stands for\b",
        r"(?:is|are) responsible for\b",
    ),
    _cue(
        "key_point",
        0.65,
        r"(?:the |a |our )?(?:key|main|central|core|crucial|basic|big) (?:point|idea|insight|takeaway|take-away|"
        r"concept|message|reason|difference|question|thing|feature)s?\b",
        r"(?:most |very |really |particularly |so )?important (?:thing|point|part|to|that|here|is|because)\b",
        r"(?:is|are|'s) (?:very |really |most |quite |particularly )?"
        r"(?:important|crucial|fundamental|essential|critical)\b",
        r"the (?:whole )?(?:point|trick|secret|magic|catch) (?:here )?(?:is|that)\b",
        r"(?:please )?(?:note|notice) (?:that|how|the)\b",
        r"what (?:really )?matters\b",
        r"fundamental(?:ly)?\b",
    ),
    _cue(
        "remember",
        0.6,
        r"(?<!don't )(?<!can't )(?<!not )(?:remember|recall)\b",
        r"keep in mind\b",
        r"don't forget\b",
    ),
    _cue(
        "exam_hint",
        0.7,
        r"(?:on|in|for) the (?:exam|midterm|final|test|quiz)\b",
        r"(?:exam|midterm|quiz|homework|assignment|problem set) (?:question|will|is|has|due)s?\b",
        r"you (?:should|need to|must|have to|are expected to) (?:know|understand|be able to|memori[sz]e)\b",
    ),
    _cue(
        "recap",
        0.55,
        r"(?:to|let me|let's|we) (?:sum up|summari[sz]e|recap|conclude|wrap up|review)\b",
        r"in (?:summary|conclusion|short|a nutshell)\b",
        r"(?:overall|all in all|the bottom line|as we've seen|as we saw)\b",
        r"(?:what|so far) we(?:'ve| have)? (?:learned|seen|covered|done|discussed|talked about)\b",
        r"so that(?:'s| is) (?:how|why|what|the)\b",
        r"(?:the )?take-?aways?\b",
    ),
    _cue(
        "example",
        0.45,
        r"for (?:example|instance)\b",
        r"(?:an|another|one|this|simple|concrete|worked|good|nice) example\b",
        r"let's (?:say|suppose|assume|imagine|consider)\b",
        r"(?:suppose|imagine|consider|assume) (?:that|we|you|a|an|the|i)\b",
        r"such as\b",
    ),
    _cue(
        "result",
        0.5,
        r"(?:therefore|hence|consequently|as a result|it turns out|it follows|thus)\b",
        r"(?:we|you|they) (?:can |will |then )?(?:find|found|conclude|proved?|obtain|showed) that\b",
        r"(?:this|that|which|it) "
        r"(?:means|implies|shows|proves|allows|gives|lets|explains|demonstrates|causes|leads to)\b",
        r"the (?:result|answer|conclusion|solution|outcome|consequence|advantage|benefit) (?:is|of|here|was|to)\b",
    ),
    _cue(
        "explanation",
        0.4,
        r"the (?:reason|idea|goal|purpose|motivation|way|problem|issue|challenge|difficulty)s? "
        r"(?:is|are|was|for|why|here|that|behind|with|of|this|it|we)\b",
        r"(?:this|that|which|it) is (?:because|why|how|what|where)\b",
        r"because\b",
        r"in order to\b",
        r"the way (?:that )?(?:this|it|we) works?\b",
    ),
    _cue(
        "restatement",
        0.4,
        r"in other words\b",
        r"that is to say\b",
        r"(?:to )?put (?:it )?(?:differently|simply|another way)\b",
    ),
    _cue(
        "enumeration",
        0.4,
        r"there (?:are|'re) (?:basically |essentially |really |actually )?" + _NUMBER + r"\b",
        r"(?:the|our) (?:first|second|third|fourth|next|final|last|other|another) (?:\w+ )?"
        r"(?:one|thing|step|piece|part|reason|point|type|kind|way|method|approach|property|question|example|case)\b",
        r"first(?:ly)?(?: of all)?, |secondly\b|thirdly\b",
    ),
    _cue(
        "comparison",
        0.4,
        r"(?:the )?differences? (?:between|is|here)\b",
        r"(?:compared|as opposed|in contrast|similar) (?:to|with)\b",
        r"(?:unlike|whereas|on the other hand|rather than|instead of|the same (?:thing|way) (?:as|for))\b",
    ),
)
HOUSEKEEPING = re.compile(
    r"^(?:hello|hi|hey|good (?:morning|afternoon|evening)|welcome|everyone|thanks?\b|thank you|bye|goodbye|yeah|yes"
    r"|okay|ok|alright|all right|excuse me|hold on|one second)\W*(?:\w+\W*){0,2}$"
    r"|\b(?:can (?:you|everyone|everybody) (?:hear|see)|my (?:name is|audio|mic)"
    r"|(?:to|me|i'll|now|am|i'm) shar(?:e|ing)|shar(?:e|ing) (?:my|the|a|this|that) (?:\w+ )?(?:screen|window)"
    r"|(?:have a|enjoy) (?:good|great|nice|rest|your)|see you (?:next|soon|later|then|in|on)"
    r"|thank(?:s| you) (?:for|very|so|all)|hope (?:you|that)|any (?:other )?questions|good ?bye|excuse me"
    r"|hold on|give me (?:a|one) (?:second|minute|moment)|let's take a (?:short )?break|that's (?:about )?it\b"
    r"|we're out of time|let me (?:just )?(?:close|open|find|switch|move)|where is it|good rest of"
    r"|i'?m not sure (?:why|what|if)|i don't know (?:what|why|if|where)|like and subscribe)\b"
)
"""Greetings, farewells, screen sharing and the speaker's fumbling: true speech, but nobody's highlight."""

QUESTION_WORD = re.compile(r"\b(?:what|why|how|when|where|which|who|whose|can|could|does|do|is|are|should|would)\b")


def cues_in(text: str) -> list[CuePhrase]:
    """The cue phrases that occur in ``text``, strongest first."""
    lowered = text.lower().replace("’", "'")
    return sorted((c for c in CUES if c.pattern.search(lowered)), key=lambda c: -c.weight)


def is_housekeeping(text: str) -> bool:
    return HOUSEKEEPING.search(text.lower().replace("’", "'").strip()) is not None


def is_question(text: str) -> bool:
    """A real question, not a tag such as “okay?” or “right?”."""
    stripped = text.rstrip("\"'”’») ")
    return stripped.endswith(("?", "？", "؟")) and (len(text.split()) >= 4 or (len(text) >= 12 and " " not in text))
