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
_SMOOTHING_SENTENCES = (0.8, 1.5)


@dataclass(frozen=True)
class Prior:
    """``usual_s`` is the usual length of a segment; lengths differ from it log-normally.

    ``evidence_weight``: how much pauses, slides and announcements count, against the words.
    """

    usual_s: float
    penalty: float
    length_weight: float = 1.0
    min_s: float = 15.0
    evidence_weight: float = 1.0


FINE = Prior(usual_s=90.0, penalty=3.5)


def coarse_prior(span_s: float) -> Prior:
    """Longer lectures have longer topics, and more of them: both grow with the square root."""
    return Prior(max(120.0, 11.0 * span_s**0.5), penalty=5.0, length_weight=4.0, min_s=30.0, evidence_weight=0.5)


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
        self.mean_scatter = max(float(self.scatter(np.array([0]), n)[0]) / n, 1e-9)

    def scatter(self, begins: npt.NDArray[np.int64], end: int) -> Floats:
        """Of the runs ``begins[k]..end``: shape ``(len(begins),)``."""
        inside = self._sum[end, end] - self._sum[begins, end] - self._sum[end, begins] + self._sum[begins, begins]
        weight = self._weight[end] - self._weight[begins]
        return np.asarray(self._own[end] - self._own[begins] - inside / weight)


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
    cohesion: Cohesion,
    starts_s: Floats,
    ends_s: Floats,
    evidence: Floats,
    *,
    prior: Prior,
    allowed: Sequence[int] | None = None,
) -> list[int]:
    """The sentences that open a segment, ascending, the first always 0.

    ``allowed`` restricts them (a topic may only start where a subtopic does). Segments are at most eight times the
    usual length, so that the work is linear in the lecture's length.
    """
    n = len(starts_s)
    if n == 0:
        return []
    knots = sorted({0, n, *(allowed if allowed is not None else range(n))})
    begins = np.array(knots[:-1])
    cost = np.full(len(knots), np.inf)
    cost[0] = 0.0
    came_from = np.zeros(len(knots), int)
    opening = np.where(begins > 0, prior.penalty - prior.evidence_weight * evidence[begins], 0.0)
    for k in range(1, len(knots)):
        end = knots[k]
        low = min(int(np.searchsorted(starts_s[begins], ends_s[end - 1] - 8 * prior.usual_s)), k - 1)
        some = begins[low:k]
        length_s = np.maximum(ends_s[end - 1] - starts_s[some], 1.0)
        total = (
            cost[low:k]
            + cohesion.scatter(some, end) / cohesion.mean_scatter
            + prior.length_weight * np.log(length_s / prior.usual_s) ** 2
            + np.where(length_s < prior.min_s, 5.0, 0.0)
            + opening[low:k]
        )
        best = int(np.argmin(total))
        cost[k], came_from[k] = total[best], low + best
    path = []
    at = len(knots) - 1
    while at > 0:
        at = int(came_from[at])
        path.append(knots[at])
    return path[::-1]
