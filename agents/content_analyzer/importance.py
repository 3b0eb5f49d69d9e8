"""How much each sentence is worth to somebody who learns, 0..1, with the reasons."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from agents.content_analyzer.cue_phrases import cues_in, is_housekeeping, is_question
from agents.content_analyzer.emphasis import emphasised
from agents.content_analyzer.evidence import slide_evidence
from agents.content_analyzer.sentences import SentenceSpan
from agents.content_analyzer.topics import Outline
from agents.content_analyzer.words import Vocabulary
from agents.types import Loudness, SlideChange

CENTRALITY_SHARE, CUE_SHARE, POSITION_SHARE, SLIDE_SHARE = 0.40, 0.38, 0.12, 0.10
PASSAGE_SHARE = 0.25
"""How much of a sentence's value comes from the sentences around it: a passage is worth more than its best line."""
FOCUS_SHARE = 0.75
"""With a focus, this much of the whole depends on it."""
CENTRAL_FROM = 0.8
TOPIC_DECLINE = 0.35
"""A topic at the very end counts this much less than the first one: what is said late is often odds and ends."""
_USUAL_SENTENCES = 50
"""A topic counts as holding so many average sentences beside its own: the mean of a few says little."""
_ANSWER_WEIGHT, _QUESTION_WEIGHT, _EMPHASIS_WEIGHT = 0.35, 0.3, 0.25
_FULL_WORDS = 8
_PASSAGE_SENTENCES = 10.0
"""Standard deviation of the passage around a sentence; it has no hard ends."""
_FOCUS_FROM = 0.5


@dataclass(frozen=True)
class Judgement:
    """``content``, 0..2: how central the sentence is and what its cue phrases say, whatever stands around it."""

    importance: float
    reasons: tuple[str, ...]
    content: float = 0.0


def judge(
    sentences: Sequence[SentenceSpan],
    vocabulary: Vocabulary,
    outline: Outline,
    changes: Sequence[SlideChange],
    wanted: Sequence[float] | None,
    *,
    loudness: Loudness | None = None,
) -> list[Judgement]:
    """One judgement per sentence. Cue phrases are read where there is a phrasebook; the rest works in any language.

    ``wanted``: how near each sentence is to what the user asked for, 0..1 (``focus.nearness``).
    """
    if not sentences:
        return []
    central = centrality(vocabulary, outline)
    span_s = sentences[-1].end_s - sentences[0].start_s
    slides = slide_evidence([s.start_s for s in sentences], changes, span_s)
    opening = {a for a, _ in outline.fine}
    stressed = emphasised(sentences, loudness)
    own, contents, named = [], [], []
    for i, sentence in enumerate(sentences):
        cue, reasons = _cue_value(sentences, i, vocabulary.language)
        if stressed[i]:
            cue = 1 - (1 - cue) * (1 - _EMPHASIS_WEIGHT)
            reasons.append("emphasis")
        if central[i] >= CENTRAL_FROM:
            reasons.append("central")
        position = 1.0 if i in opening else 0.5 if i - 1 in opening else 0.0
        if i in opening:
            reasons.append("opens_topic")
        if slides[i] > 0.3:
            reasons.append("slide_change")
        value = (
            CENTRALITY_SHARE * central[i] + CUE_SHARE * cue + POSITION_SHARE * position + SLIDE_SHARE * slides[i]
        ) * _substance(sentence)
        if is_housekeeping(sentence.text, vocabulary.language):
            value *= 0.3
            reasons = ["housekeeping"]
        if wanted is not None and wanted[i] >= _FOCUS_FROM:
            reasons.append("focus")
        own.append(value)
        contents.append(central[i] + cue)
        named.append(tuple(reasons))
    values = (1 - PASSAGE_SHARE) * np.array(own) + PASSAGE_SHARE * rescaled(around(own, _PASSAGE_SENTENCES))
    if wanted is not None:
        values = (1 - FOCUS_SHARE) * values + FOCUS_SHARE * np.array(wanted)
    return [
        Judgement(round(min(1.0, float(value)), 4), reasons, content)
        for value, reasons, content in zip(values, named, contents, strict=True)
    ]


def around(values: Sequence[float], sentences: float) -> npt.NDArray[np.float64]:
    """The Gaussian mean of each value's neighbourhood of that standard deviation, the value itself included."""
    reach = min(int(3 * sentences), len(values) - 1)
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sentences) ** 2)

    def spread(row: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.asarray(np.convolve(row, kernel, "full")[reach : reach + len(values)])

    return spread(np.array(values, float)) / spread(np.ones(len(values)))


def rescaled(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """From 0 (the least) to 1 (the most); zeros where all are equal."""
    span = float(values.max() - values.min())
    return (values - values.min()) / span if span > 1e-9 else np.zeros(len(values))


def worths(judged: Sequence[Judgement], runs: Sequence[tuple[int, int]]) -> list[float]:
    """What each run of sentences is worth beside the best of them, 0..1: its mean content, a bit less later on."""
    n = max(len(judged), 1)
    usual = sum(j.content for j in judged) / n
    raw = []
    for begin, end in runs:
        content = sum(j.content for j in judged[begin:end]) + _USUAL_SENTENCES * usual
        raw.append(content / (end - begin + _USUAL_SENTENCES) * (1 - TOPIC_DECLINE * (begin + end) / 2 / n))
    most = max(raw, default=0.0) or 1.0
    return [round(value / most, 4) for value in raw]


def _cue_value(sentences: Sequence[SentenceSpan], i: int, language: str) -> tuple[float, list[str]]:
    """Noisy-or of what the sentence's cue phrases say, and their names."""
    reasons: list[str] = []
    doubt = 1.0
    if is_question(sentences[i].text, language):
        reasons.append("question")
        doubt *= 1 - _QUESTION_WEIGHT
    elif i and is_question(sentences[i - 1].text, language):
        reasons.append("answer")
        doubt *= 1 - _ANSWER_WEIGHT
    for cue in cues_in(sentences[i].text, language):
        reasons.append(cue.reason)
        doubt *= 1 - cue.weight
    return 1 - doubt, reasons


def _substance(sentence: SentenceSpan) -> float:
    """Fragments say little: full value from eight words on (or as many letters as eight words have)."""
    words = max(sentence.words, len(sentence.text) / 6 if sentence.words < 3 else 0)
    return 0.2 + 0.8 * min(1.0, words / _FULL_WORDS)


def centrality(vocabulary: Vocabulary, outline: Outline) -> list[float]:
    """0..1: likeness of each sentence to its topic's and the lecture's centroid, and how much it holds.

    After the centroid of Radev et al., "Centroid-based summarization of multiple documents" (2004).
    """
    weight = vocabulary.weight
    lecture = Counter(s for row in vocabulary.stems for s in row if s in weight)
    raw = [0.0] * len(vocabulary.stems)
    for begin, end in outline.coarse:
        topic = Counter(s for row in vocabulary.stems[begin:end] for s in row if s in weight)
        length = math.sqrt(sum((n * weight[s]) ** 2 for s, n in topic.items())) or 1.0
        total = math.sqrt(sum((n * weight[s]) ** 2 for s, n in lecture.items())) or 1.0
        for i in range(begin, end):
            row = {s for s in vocabulary.stems[i] if s in weight}
            if not row:
                continue
            gain = sum(weight[s] ** 2 * (0.7 * topic[s] / length + 0.3 * lecture[s] / total) for s in sorted(row))
            raw[i] = gain / math.sqrt(len(row)) * min(1.0, len(row) / 5) ** 0.5
    full = float(np.quantile([r for r in raw if r > 0] or [1.0], 0.95))
    return [min(1.0, r / full) for r in raw]
