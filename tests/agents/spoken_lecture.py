"""Lectures whose topics, sentences and pauses are known because a seeded generator spoke them."""

import random
from dataclasses import dataclass
from typing import Literal

from agents.types import Segment, TimeRange, Transcript, Word

Style = Literal["sentences", "cut", "overlapping", "unpunctuated", "words"]
STYLES: tuple[Style, ...] = ("sentences", "cut", "overlapping", "unpunctuated", "words")
_SYLLABLES = (
    "ba",
    "cor",
    "di",
    "fen",
    "gra",
    "hul",
    "jo",
    "kem",
    "lin",
    "mor",
    "nep",
    "ost",
    "pra",
    "quin",
    "rul",
    "sta",
)
_COMMON = ("we", "can", "see", "that", "the", "and", "so", "this", "is", "of", "in", "with")
_WORD_S = 0.35


@dataclass(frozen=True)
class SpokenLecture:
    """``sentence_ends_s`` are the true ends; ``topic_starts_s`` the true topics."""

    transcript: Transcript
    silences: tuple[TimeRange, ...]
    duration_s: float
    sentence_ends_s: tuple[float, ...]
    topic_starts_s: tuple[float, ...]


def speak(seed: int, style: Style = "sentences", topics: int = 6, sentences: int = 14) -> SpokenLecture:
    """``topics`` subjects of about ``sentences`` sentences each, every subject with words of its own."""
    rng = random.Random(seed)
    words: list[Word] = []
    ends: list[int] = []
    silences, topic_starts = [], []
    now_s = rng.uniform(0.0, 2.0)
    for _ in range(topics):
        vocabulary = ["".join(rng.sample(_SYLLABLES, 3)) for _ in range(12)]
        topic_starts.append(now_s)
        for _ in range(sentences + rng.randint(-3, 3)):
            length = rng.randint(5, 22)
            for i in range(length):
                text = rng.choice(_COMMON) if rng.random() < 0.45 else rng.choice(vocabulary)
                if i == 0 and style != "unpunctuated":
                    text = text.capitalize()
                if i == length - 1 and style != "unpunctuated":
                    text = rng.choice(vocabulary) + ("?" if rng.random() < 0.1 else ".")
                end_s = now_s + _WORD_S * rng.uniform(0.6, 1.4)
                words.append(Word(round(now_s, 3), round(end_s, 3), text, 0.9))
                now_s = round(end_s, 3)
            ends.append(len(words))
            pause_s = rng.choice((0.0, 0.0, 0.3, 0.8, 1.5, 4.0)) if style != "unpunctuated" else rng.uniform(0.7, 2.0)
            if pause_s >= 0.5:
                silences.append(TimeRange(now_s, round(now_s + pause_s, 3)))
            now_s = round(now_s + pause_s, 3)
    cues = _cues(rng, words, ends, style)
    truth = tuple(words[e - 1].end_s for e in ends)
    transcript = Transcript("en", "captions", "given", tuple(cues))
    return SpokenLecture(transcript, tuple(silences), now_s + 1.0, truth, tuple(topic_starts))


def _cues(rng: random.Random, words: list[Word], ends: list[int], style: Style) -> list[Segment]:
    if style in ("sentences", "words", "overlapping", "unpunctuated"):
        cuts = list(ends)
    else:  # cut anywhere, but not over long pauses
        cuts, at = [], 0
        while at < len(words):
            room = min(at + rng.randint(5, 12), len(words))
            pause = (i for i in range(at + 1, room) if words[i].start_s - words[i - 1].end_s > 0.5)
            at = next(pause, room)
            cuts.append(at)
    cues, begin = [], 0
    for cut in cuts:
        part = words[begin:cut]
        late_s = 0.25 if style == "overlapping" and rng.random() < 0.3 else 0.0
        timed = tuple(part) if style == "words" else ()
        cues.append(Segment(part[0].start_s, part[-1].end_s + late_s, " ".join(w.text for w in part), None, timed))
        begin = cut
    return cues
