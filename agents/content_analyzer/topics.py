"""Topics and subtopics as runs of sentences."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from agents.content_analyzer.evidence import boundary_evidence
from agents.content_analyzer.segmentation import MAX_UNITS, Cohesion, coarse_prior, fine_prior, segment
from agents.content_analyzer.sentences import SentenceSpan
from agents.content_analyzer.words import Vocabulary
from agents.types import SlideChange


@dataclass(frozen=True)
class Outline:
    """Half-open runs of sentence numbers; ``fine`` runs lie within ``coarse`` ones."""

    coarse: tuple[tuple[int, int], ...]
    fine: tuple[tuple[int, int], ...]


def outline(sentences: Sequence[SentenceSpan], vocabulary: Vocabulary, changes: Sequence[SlideChange]) -> Outline:
    """Divide the lecture into topics, and these into subtopics."""
    n = len(sentences)
    if n == 0:
        return Outline((), ())
    group = -(-n // MAX_UNITS)
    units = [(i, min(i + group, n)) for i in range(0, n, group)]
    rows = [[stem for i in range(a, b) for stem in vocabulary.stems[i]] for a, b in units]
    cohesion = Cohesion(vocabulary.matrix(rows), [sum(s.length_words for s in sentences[a:b]) for a, b in units])
    starts_s = np.array([sentences[a].start_s for a, _ in units])
    ends_s = np.maximum.accumulate(np.array([max(s.end_s for s in sentences[a:b]) for a, b in units]))
    evidence = boundary_evidence(sentences, changes, vocabulary.english)[[a for a, _ in units]]
    span_s = float(ends_s[-1] - starts_s[0])
    coarse = segment(cohesion, starts_s, ends_s, evidence, prior=coarse_prior(span_s))
    fine = segment(cohesion, starts_s, ends_s, evidence, prior=fine_prior(span_s), required=coarse)
    return Outline(_runs([units[i][0] for i in coarse], n), _runs([units[i][0] for i in fine], n))


def _runs(begins: Sequence[int], n: int) -> tuple[tuple[int, int], ...]:
    return tuple(zip(begins, [*begins[1:], n], strict=True))
