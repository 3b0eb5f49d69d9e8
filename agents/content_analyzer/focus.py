"""How near each sentence is to what the user asked for in free text."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from agents.content_analyzer.importance import around, rescaled
from agents.content_analyzer.words import Vocabulary, tokens

PASSAGE_SHARE = 0.6
"""The rest goes to the sentence's own words: a passage is about something although few of its sentences name it."""
_PASSAGE_SENTENCES = 20.0
_ASKING_WORDS = """
    summarize summarise summary discuss discussion discussed describe description explain explanation opinion opinions
    attitude concern mention talk talks lecture lecturer professor speaker part parts section highlight highlights
    clip clips focus everything about"""
_ASKING = frozenset(_ASKING_WORDS.split())
"""Words of the request itself, not of what it asks for, unless there are no others."""


def nearness(vocabulary: Vocabulary, focus: str | None, likeness: Sequence[float] | None = None) -> list[float] | None:
    """0..1 for each sentence: how much of the focus it and the passage around it mention. None without a focus.

    ``likeness``: how like the focus each sentence is in meaning, by sentence embeddings; it counts as much as the
    words do.
    """
    if not focus or not focus.strip() or not vocabulary.stems:
        return None
    own = _mentions(vocabulary, focus)
    kinds = [own] if likeness is None else [own, rescaled(np.array(likeness))]
    near = sum(rescaled(around(list(kind), _PASSAGE_SENTENCES)) for kind in kinds) / len(kinds)
    direct = np.maximum.reduce(kinds)
    return [float(min(1.0, x)) for x in PASSAGE_SHARE * near + (1 - PASSAGE_SHARE) * direct]


def _mentions(vocabulary: Vocabulary, focus: str) -> npt.NDArray[np.float64]:
    """The weighted share of the focus's words that each sentence says."""
    words = tokens(focus)
    terms = set(vocabulary.content(w for w in words if w not in _ASKING)) or set(vocabulary.content(words))
    weights = {t: vocabulary.weight.get(t, 0.0) for t in sorted(terms or set(words))}
    total = sum(weights.values())
    if not total:
        return np.zeros(len(vocabulary.stems))
    return np.array([sum(weights[t] for t in weights if t in row) / total for row in map(set, vocabulary.stems)])
