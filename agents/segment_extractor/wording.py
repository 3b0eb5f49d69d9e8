"""Titles, summaries and reasons: what a person reads about a clip."""

from collections.abc import Sequence
from dataclasses import dataclass

from agents.segment_extractor.headline import headline
from agents.segment_extractor.lecture import Lecture
from agents.segment_extractor.scoring import Candidate
from agents.types import Sentence, Topic

MAX_SUMMARY_LETTERS = 260
MAX_QUOTE_LETTERS = 110
MAX_REASONS = 5
HEADLINE_TRIES = 4
_MIN_SUMMARY_WORDS = 6
_OWN_TOPIC_SHARE = 0.5

_SENTENCE_REASONS = {
    "definition": "Defines",
    "key_point": "States a key point",
    "exam_hint": "Says what must be known",
    "remember": "Asks to remember",
    "recap": "Sums up",
    "result": "Gives a result",
    "emphasis": "Stresses",
    "example": "Gives an example",
    "explanation": "Explains",
    "enumeration": "Lists the parts",
    "comparison": "Compares",
    "restatement": "Says it in other words",
    "answer": "Answers a question",
    "question": "Asks",
    "central": "Says what the topic is about",
}
"""What the analyzer's reasons mean to a person, the most telling first."""
_TELLING = frozenset({"definition", "key_point", "exam_hint", "remember", "recap", "result"})
"""A sentence with one of these may be a clip's title."""


@dataclass(frozen=True)
class Wording:
    title: str
    summary: str
    reasons: tuple[str, ...]


def describe(lecture: Lecture, clips: Sequence[Candidate]) -> list[Wording]:
    """One wording per clip; no two clips have the same title."""
    taken: set[str] = set()
    described = []
    for clip in clips:
        keys = key_sentences(lecture, clip)
        title = _title(lecture, clip, keys, taken)
        taken.add(title.lower())
        described.append(Wording(title, _summary(keys), _reasons(lecture, clip)))
    return described


def key_sentences(lecture: Lecture, clip: Candidate) -> list[Sentence]:
    """The clip's sentences, the most important first."""
    inside = lecture.sentences[slice(*clip.sentences)]

    def worth(sentence: Sentence) -> float:
        weak = "housekeeping" in sentence.reasons or "question" in sentence.reasons
        return sentence.importance * (0.3 if weak or len(sentence.text.split()) < _MIN_SUMMARY_WORDS else 1.0)

    return sorted(inside, key=lambda s: (-worth(s), s.start_s))


def _title(lecture: Lecture, clip: Candidate, keys: Sequence[Sentence], taken: set[str]) -> str:
    """What its key sentence says, where that can stand alone; else the main topic's title, told apart by keywords."""
    for sentence in keys[:HEADLINE_TRIES] if lecture.quotable else ():
        said = headline(sentence.text) if _TELLING & set(sentence.reasons) else None
        if said is not None and said.lower() not in taken:
            return said
    topic = _main_topic(lecture, clip)
    if topic is not None:
        text = " ".join(s.text for s in keys).lower()
        more = sorted(
            (k for k in topic.keywords if k.lower() not in topic.title.lower() and k.lower() in text),
            key=lambda k: -text.count(k.lower()),
        )
        for title in (topic.title, *(f"{topic.title}: {k[:1].upper()}{k[1:]}" for k in more)):
            if title.lower() not in taken:
                return title
    opening = shortened(keys[0].text, 60) if keys else "Clip"
    number = 2
    title = opening
    while title.lower() in taken:
        title, number = f"{opening} ({number})", number + 1
    return title


def _main_topic(lecture: Lecture, clip: Candidate) -> Topic | None:
    for wide in (False, True):
        shares = lecture.topic_shares(clip.start_s, clip.end_s, wide=wide)
        index, share = max(shares, key=lambda s: s[1], default=(0, 0.0))
        if share >= _OWN_TOPIC_SHARE or (wide and share > 0):
            return (lecture.chapters if wide else lecture.topics)[index]
    return None


def _summary(keys: Sequence[Sentence]) -> str:
    """The key sentence, and the next one where there is room, in their order."""
    if not keys:
        return ""
    chosen = [keys[0]]
    for sentence in keys[1:3]:
        if sum(len(s.text) + 1 for s in [*chosen, sentence]) <= MAX_SUMMARY_LETTERS:
            chosen.append(sentence)
    text = " ".join(s.text for s in sorted(chosen, key=lambda s: s.start_s))
    return shortened(text, MAX_SUMMARY_LETTERS)


def _reasons(lecture: Lecture, clip: Candidate) -> tuple[str, ...]:
    """Sentences with evidence, the strongest first."""
    found: list[str] = []
    quoted: set[str] = set()
    if lecture.focus_hits is not None:
        hits = lecture.focus_hits[slice(*clip.sentences)]
        best = max(range(len(hits)), key=lambda i: hits[i], default=None)
        if best is not None and hits[best] > 0:
            sentence = lecture.sentences[clip.sentences[0] + best]
            found.append(f"Matches the focus “{lecture.focus}”: {quote(sentence.text)}")
            quoted.add(sentence.text)
    for sentence in key_sentences(lecture, clip)[:8]:
        known = [r for r in _SENTENCE_REASONS if r in sentence.reasons]
        said = {f.split(":")[0] for f in found}
        label = next((_SENTENCE_REASONS[r] for r in known if _SENTENCE_REASONS[r] not in said), None)
        if label and sentence.text not in quoted and len(found) < MAX_REASONS - 2:
            found.append(f"{label}: {quote(sentence.text)}")
            quoted.add(sentence.text)
    block = lecture.blocks[clip.first]
    topic = lecture.topic_starts_near(block.start_s)
    change_s = lecture.slide_change_near(block.start_s)
    if topic is not None:
        found.append(f"Opens the topic “{topic.title}”")
    if change_s is not None:
        found.append(f"{'Follows' if change_s <= block.start_s else 'Comes with'} a slide change at {clock(change_s)}")
    if not found:
        found.append(f"Scores best of its surroundings ({clip.score:.2f})")
    return tuple(found[:MAX_REASONS])


def quote(text: str) -> str:
    return f"“{shortened(text, MAX_QUOTE_LETTERS)}”"


def shortened(text: str, letters: int) -> str:
    """At most ``letters`` letters, cut between words."""
    if len(text) <= letters:
        return text
    cut = text[: letters - 1]
    cut = cut.rsplit(" ", 1)[0] if " " in cut else cut
    return cut.rstrip(" ,;:.–-") + "…"


def clock(time_s: float) -> str:
    """``3:34``, ``1:02:09``."""
    seconds = int(time_s)
    hours, minutes = seconds // 3600, seconds // 60 % 60
    return f"{hours}:{minutes:02}:{seconds % 60:02}" if hours else f"{minutes}:{seconds % 60:02}"
