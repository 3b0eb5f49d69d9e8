"""Topics and subtopics as runs of sentences."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from agents.content_analyzer.evidence import boundary_evidence
from agents.content_analyzer.segmentation import MAX_UNITS, Blend, Cohesion, Prior, coarse_prior, fine_prior, segment
from agents.content_analyzer.sentences import SentenceSpan
from agents.content_analyzer.words import Vocabulary
from agents.types import SlideChange

MEANING_SHARE = 0.5
LONGEST_PAUSE_S = 30.0
"""What a pause lasts beyond this is a break: a group's work, a coffee."""


@dataclass(frozen=True)
class Outline:
    """Half-open runs of sentence numbers; ``fine`` runs lie within ``coarse`` ones."""

    coarse: tuple[tuple[int, int], ...]
    fine: tuple[tuple[int, int], ...]


def outline(
    sentences: Sequence[SentenceSpan],
    vocabulary: Vocabulary,
    changes: Sequence[SlideChange],
    meaning: npt.NDArray[np.float32] | None = None,
) -> Outline:
    """Divide the lecture into topics, and these into subtopics.

    ``meaning``: a sentence embedding per sentence. It counts as much as the words do.
    """
    n = len(sentences)
    if n == 0:
        return Outline((), ())
    group = -(-n // MAX_UNITS)
    units = [(i, min(i + group, n)) for i in range(0, n, group)]
    rows = [[stem for i in range(a, b) for stem in vocabulary.stems[i]] for a, b in units]
    words = [sum(s.length_words for s in sentences[a:b]) for a, b in units]
    lexical = Cohesion(vocabulary.matrix(rows), words)
    cohesion: Cohesion | Blend = lexical
    if meaning is not None:
        # What every sentence of the lecture shares says nothing about its parts.
        parts = np.stack([meaning[a:b].mean(axis=0) for a, b in units]) - meaning.mean(axis=0)
        cohesion = Blend(lexical, Cohesion(parts, words), MEANING_SHARE)
    starts_s = np.array([sentences[a].start_s for a, _ in units])
    ends_s = np.maximum.accumulate(np.array([max(s.end_s for s in sentences[a:b]) for a, b in units]))
    # A break is no part of a topic's length.
    breaks_s = np.maximum(starts_s[1:] - ends_s[:-1] - LONGEST_PAUSE_S, 0.0)
    off_s = np.concatenate([[0.0], np.cumsum(breaks_s)])
    starts_s, ends_s = starts_s - off_s, ends_s - off_s
    span_s = float(ends_s[-1] - starts_s[0])

    def segmented(prior: Prior, required: Sequence[int] = ()) -> list[int]:
        evidence = boundary_evidence(sentences, changes, vocabulary.language, prior.usual_s)[[a for a, _ in units]]
        return segment(cohesion, starts_s, ends_s, evidence, prior=prior, required=required)

    coarse = segmented(coarse_prior(span_s))
    fine = segmented(fine_prior(span_s), coarse)
    return Outline(_runs([units[i][0] for i in coarse], n), _runs([units[i][0] for i in fine], n))


def _runs(begins: Sequence[int], n: int) -> tuple[tuple[int, int], ...]:
    return tuple(zip(begins, [*begins[1:], n], strict=True))
