"""How much each sentence is worth to somebody who learns, 0..1, with the reasons."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from agents.content_analyzer.cue_phrases import cues_in, is_housekeeping, is_question
from agents.content_analyzer.evidence import slide_evidence
from agents.content_analyzer.sentences import SentenceSpan
from agents.content_analyzer.topics import Outline
from agents.content_analyzer.words import Vocabulary, tokens
from agents.types import SlideChange

CENTRALITY_SHARE, CUE_SHARE, POSITION_SHARE, SLIDE_SHARE = 0.40, 0.38, 0.12, 0.10
FOCUS_SHARE = 0.45
"""With a focus, this much of the whole depends on it."""
CENTRAL_FROM = 0.8
_ANSWER_WEIGHT, _QUESTION_WEIGHT = 0.35, 0.3
_FULL_WORDS = 8


@dataclass(frozen=True)
class Judgement:
    importance: float
    reasons: tuple[str, ...]


def judge(
    sentences: Sequence[SentenceSpan],
    vocabulary: Vocabulary,
    outline: Outline,
    changes: Sequence[SlideChange],
    focus: str | None,
) -> list[Judgement]:
    """One judgement per sentence. Cue phrases are read in English only; the rest works in any language."""
    if not sentences:
        return []
    central = centrality(vocabulary, outline)
    span_s = sentences[-1].end_s - sentences[0].start_s
    slides = slide_evidence([s.start_s for s in sentences], changes, span_s)
    opening = {a for a, _ in outline.fine}
    wanted = focus_overlap(vocabulary, focus)
    judged = []
    for i, sentence in enumerate(sentences):
        cue, reasons = _cue_value(sentences, i, vocabulary.english)
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
        if vocabulary.english and is_housekeeping(sentence.text):
            value *= 0.3
            reasons = ["housekeeping"]
        if wanted is not None:
            value = (1 - FOCUS_SHARE) * value + FOCUS_SHARE * wanted[i]
            if wanted[i] >= 0.5:
                reasons.append("focus")
        judged.append(Judgement(round(min(1.0, value), 4), tuple(reasons)))
    return judged


def _cue_value(sentences: Sequence[SentenceSpan], i: int, english: bool) -> tuple[float, list[str]]:
    """Noisy-or of what the sentence's cue phrases say, and their names."""
    reasons: list[str] = []
    doubt = 1.0
    if is_question(sentences[i].text):
        reasons.append("question")
        doubt *= 1 - _QUESTION_WEIGHT
    elif i and is_question(sentences[i - 1].text):
        reasons.append("answer")
        doubt *= 1 - _ANSWER_WEIGHT
    if english:
        for cue in cues_in(sentences[i].text):
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


def focus_overlap(vocabulary: Vocabulary, focus: str | None) -> list[float] | None:
    """0..1 for each sentence: how much of the focus it and its neighbours mention. None without a focus."""
    if not focus or not focus.strip():
        return None
    words = tokens(focus)
    terms = set(vocabulary.content(words)) or set(words)
    weights = {t: vocabulary.weight.get(t, 0.0) for t in terms}
    total = sum(weights.values())
    if not total:
        return [0.0] * len(vocabulary.stems)
    own = [sum(weights[t] for t in sorted(terms & set(row))) / total for row in vocabulary.stems]
    near = [0.0, *own, 0.0]
    return [min(1.0, own[i] + 0.3 * max(near[i], near[i + 2])) for i in range(len(own))]
