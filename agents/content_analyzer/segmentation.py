"""Topic boundaries by dynamic programming: lexical scatter, a length prior, and evidence for each boundary.

The cost of a segment is the scatter of its sentences' tf-idf vectors around their centroid (kernel change-point
detection: Harchaoui & Cappé, "Retrospective multiple change-point estimation with kernels", 2007), measured on
vectors smoothed over neighbouring sentences, as single spoken sentences share too few words. The number of
segments follows from the penalty; nothing has to be told in advance.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

MAX_UNITS = 2000
"""Longer lectures are segmented on groups of neighbouring sentences, which bounds memory at about 100 MB."""
LEAST_SCATTER = 0.3
"""Of a lecture; 0.85 and more is usual. One that says the same over and over has no parts to be told apart."""
_SMOOTHING_SENTENCES = (0.8, 1.5)
_TOO_SHORT = 5.0
_SHORT_END = 0.3
"""A conclusion may be this much shorter than the shortest segment."""
_MAX_LEXICAL = 1.5
_REQUIRED = 1e4


@dataclass(frozen=True)
class Prior:
    """``usual_s`` is the usual length of a segment; lengths differ from it log-normally.

    ``penalty`` is what a boundary costs, about the logarithm of the odds against one; ``evidence_weight`` how much
    pauses, slides and announcements count against it. ``words_per_unit``: so many words of scatter count as one unit
    of the penalty; None counts each sentence as one. With ``short_ends`` the first and the last segment may be short
    for nothing: introductions and conclusions are.
    """

    usual_s: float
    penalty: float
    length_weight: float = 1.0
    min_s: float = 15.0
    evidence_weight: float = 1.0
    words_per_unit: float | None = None
    short_ends: bool = False


def fine_prior(span_s: float) -> Prior:
    """Subtopics of a minute and a half; shorter in recordings of less than a quarter of an hour."""
    return Prior(min(90.0, 3.2 * span_s**0.5), penalty=3.5)


def coarse_prior(span_s: float) -> Prior:
    """Longer lectures have longer topics, and more of them: both grow with the square root."""
    usual_s = max(120.0, 11.0 * span_s**0.5)
    return Prior(usual_s, penalty=5.0, length_weight=2.0, min_s=30.0, words_per_unit=22.0, short_ends=True)


class Cohesion:
    """Scatter of any run of sentences in constant time, from running sums over the matrix of similarities."""

    def __init__(self, vectors: npt.NDArray[np.float32], words: Sequence[int]) -> None:
        """``vectors``: one tf-idf row per sentence; ``words``: their lengths, which say how much each weighs."""
        n = len(words)
        weights = np.sqrt(np.clip(np.array(words, float), 1, 40))
        weights /= weights.mean()
        similarity = np.zeros((n, n), np.float32)
        for sigma in _SMOOTHING_SENTENCES:
            smooth = _smoothed(vectors, sigma)
            similarity += smooth @ smooth.T
        similarity /= len(_SMOOTHING_SENTENCES)
        self._weight = np.concatenate([[0.0], np.cumsum(weights)])
        self._own = np.concatenate([[0.0], np.cumsum(weights * np.diag(similarity))])
        similarity *= (weights[:, None] * weights[None]).astype(np.float32)
        self._sum = np.zeros((n + 1, n + 1))
        np.cumsum(similarity, axis=0, out=self._sum[1:, 1:])
        np.cumsum(self._sum[1:, 1:], axis=1, out=self._sum[1:, 1:])
        self.words_per_row = sum(words) / max(n, 1)
        self.mean_scatter = max(float(self.scatter(np.array([0]), n)[0]) / n, LEAST_SCATTER)

    def scatter(self, begins: npt.NDArray[np.int64], end: int) -> Floats:
        """Of the runs ``begins[k]..end``: shape ``(len(begins),)``."""
        inside = self._sum[end, end] - self._sum[begins, end] - self._sum[end, begins] + self._sum[begins, begins]
        weight = self._weight[end] - self._weight[begins]
        return np.asarray(self._own[end] - self._own[begins] - inside / weight)


@dataclass(frozen=True)
class Blend:
    """Two kinds of cohesion, each measured by its own mean; ``share`` is the second one's."""

    first: Cohesion
    second: Cohesion
    share: float
    mean_scatter: float = 1.0

    @property
    def words_per_row(self) -> float:
        return self.first.words_per_row

    def scatter(self, begins: npt.NDArray[np.int64], end: int) -> Floats:
        """As ``Cohesion.scatter``, in units of the mean scatter."""
        one = self.first.scatter(begins, end) / self.first.mean_scatter
        other = self.second.scatter(begins, end) / self.second.mean_scatter
        return np.asarray((1 - self.share) * one + self.share * other)


def _smoothed(vectors: npt.NDArray[np.float32], sigma: float) -> npt.NDArray[np.float32]:
    """Unit rows, each a Gaussian mean over its neighbours."""
    out = np.zeros_like(vectors)
    reach = min(int(3 * sigma) + 1, len(vectors) - 1)
    for shift in range(-reach, reach + 1):
        weight = np.float32(np.exp(-0.5 * (shift / sigma) ** 2))
        if shift >= 0:
            out[: len(out) - shift] += weight * vectors[shift:]
        else:
            out[-shift:] += weight * vectors[:shift]
    out /= np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-9)
    return out


def segment(
    cohesion: Cohesion | Blend,
    starts_s: Floats,
    ends_s: Floats,
    evidence: Floats,
    *,
    prior: Prior,
    required: Sequence[int] = (),
) -> list[int]:
    """The sentences that open a segment, ascending, the first always 0, those ``required`` among them.

    Segments are at most eight times the usual length, so that the work is linear in the lecture's length.
    """
    n = len(starts_s)
    if n == 0:
        return []
    begins = np.arange(n)
    cost = np.full(n + 1, np.inf)
    cost[0] = 0.0
    came_from = np.zeros(n + 1, int)
    opening = prior.penalty - prior.evidence_weight * evidence
    opening[0] = 0.0
    opening[list(required)] -= _REQUIRED
    lexical = cohesion.words_per_row / prior.words_per_unit if prior.words_per_unit else 1.0
    lexical = min(lexical, _MAX_LEXICAL) / cohesion.mean_scatter
    for end in range(1, n + 1):
        low = min(int(np.searchsorted(starts_s, ends_s[end - 1] - 8 * prior.usual_s)), end - 1)
        some = begins[low:end]
        length_s = np.maximum(ends_s[end - 1] - starts_s[some], 1.0)
        total = (
            cost[low:end]
            + lexical * cohesion.scatter(some, end)
            + _length_cost(prior, length_s, some == 0, end == n)
            + opening[low:end]
        )
        best = int(np.argmin(total))
        cost[end], came_from[end] = total[best], low + best
    path = []
    at = n
    while at > 0:
        at = int(came_from[at])
        path.append(at)
    return path[::-1]


def _length_cost(prior: Prior, length_s: Floats, first: npt.NDArray[np.bool_], last: bool) -> Floats:
    """What segments cost for being longer or shorter than usual."""
    distance = np.log(length_s / prior.usual_s)
    min_s = prior.min_s
    if prior.short_ends:
        distance = np.where(first | last, np.maximum(distance, 0.0), distance)
        min_s *= _SHORT_END if last else 1.0
    return np.asarray(prior.length_weight * distance**2 + np.where(length_s < min_s, _TOO_SHORT, 0.0))
