"""How well a clip may start or end with a block: does it stand alone, has it said its thing?"""

from dataclasses import dataclass

from agents.segment_extractor.dependence import announces, fragment
from agents.segment_extractor.lecture import Lecture

TOPIC_EDGE_S = 1.0
LONG_PAUSE_S = 1.0
_LINKS = ("and", "or", "but")


@dataclass(frozen=True)
class Edge:
    """``worth`` 0..1, and what it rests on. ``sound``: between sentences, and nothing is missing before it."""

    worth: float
    evidence: str
    sound: bool = True


def opening(lecture: Lecture, first: int) -> Edge:
    """A clip that starts with a topic or a slide needs no introduction; one that leans on the past does.

    ``first`` is the number of the block that the clip starts with.
    """
    block = lecture.blocks[first]
    if not block.opens or block.sentences[0] >= len(lecture.sentences):
        return Edge(0.1, "starts inside a sentence, as the captions give no better place", sound=False)
    sentence = lecture.sentences[block.sentences[0]]
    value, evidence = 0.6, "starts with a whole sentence"
    change_s = lecture.slide_change_near(block.start_s)
    topic = lecture.topic_starts_near(block.start_s, TOPIC_EDGE_S)
    if topic is not None:
        value, evidence = 1.0, f"starts with the topic “{topic.title}”"
    elif change_s is not None:
        value, evidence = 0.9, f"starts with the slide of {change_s:.1f} s"
    elif first and block.start_s - lecture.blocks[first - 1].end_s >= LONG_PAUSE_S:
        value = 0.75
        evidence = f"starts after a pause of {block.start_s - lecture.blocks[first - 1].end_s:.1f} s"
    lean = lecture.leans(first)
    if lean is not None:
        value -= 0.5 if lean.strong else 0.1
        evidence += f", although “{lean.cue}” points back"
    elif lecture.english and sentence.text.lower().startswith(_LINKS):
        value -= 0.1
    idle = "housekeeping" in sentence.reasons or lecture.idle(first)
    broken = lecture.breaks_off(block.sentences[0]) or (lecture.english and fragment(sentence))
    if idle:
        value -= 0.4
        evidence += ", which says little"
    elif broken or len(sentence.text.split()) < 5:
        value -= 0.3 if len(sentence.text.split()) > 2 else 0.5
        evidence += ", which is only a part of one" if broken else ", a very short one"
    return Edge(max(value, 0.0), evidence, not (idle or broken or (lean is not None and lean.strong)))


def closing(lecture: Lecture, last: int) -> Edge:
    """A clip that ends with a topic or before a pause has said its thing; a question has not.

    ``last`` is the number of the block *after* the clip.
    """
    block = lecture.blocks[last - 1]
    if not block.closes or block.sentences[1] <= block.sentences[0]:
        return Edge(0.1, "ends inside a sentence, as the captions give no better place", sound=False)
    sentence = lecture.sentences[block.sentences[1] - 1]
    value, evidence = 0.6, "ends with a whole sentence"
    following = lecture.blocks[last] if last < len(lecture.blocks) else None
    if following is None or lecture.topic_starts_near(following.start_s, TOPIC_EDGE_S):
        value, evidence = 1.0, "ends with its topic" if following else "ends with the lecture"
    elif lecture.slide_change_near(following.start_s) is not None:
        value, evidence = 0.9, "ends before a slide change"
    elif following.start_s - block.end_s >= LONG_PAUSE_S:
        value, evidence = 0.75, f"ends before a pause of {following.start_s - block.end_s:.1f} s"
    lean = lecture.leans(last) if following else None
    if lean is not None and lean.strong:
        value -= 0.2  # more is said about it
    broken = lecture.breaks_off(block.sentences[1] - 1) or (lecture.english and fragment(sentence))
    idle = "housekeeping" in sentence.reasons
    if broken or "question" in sentence.reasons:
        value -= 0.4
        evidence += ", which goes on" if broken else ", a question"
    if idle:
        value -= 0.4
        evidence += ", which says little"
    if (
        "opens_topic" in sentence.reasons
        or lecture.topic_starts_near(sentence.start_s, TOPIC_EDGE_S)
        or (lecture.english and announces(sentence))
    ):
        value -= 0.5  # it announces what the clip no longer shows
        evidence += ", which announces more"
    words = len(sentence.text.split())
    if words < 5 or (words < 10 and "enumeration" in sentence.reasons):
        value -= 0.2
    return Edge(max(value, 0.0), evidence, not (broken or idle))


class Edges:
    """The edges of all runs of blocks, each judged once."""

    def __init__(self, lecture: Lecture) -> None:
        self.lecture = lecture
        self._openings: dict[int, Edge] = {}
        self._closings: dict[int, Edge] = {}

    def opening(self, first: int) -> Edge:
        if first not in self._openings:
            self._openings[first] = opening(self.lecture, first)
        return self._openings[first]

    def closing(self, last: int) -> Edge:
        if last not in self._closings:
            self._closings[last] = closing(self.lecture, last)
        return self._closings[last]
