"""Topic boundaries against people's: Pk and WindowDiff beside simple baselines on the same transcripts.

``python -m bench.topics`` prints the table. Lower is better, except F1. ``even`` and ``random`` are told the true
number of topics; TextTiling and we are not.
"""

import json
import os
import random
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from math import sqrt
from pathlib import Path
from statistics import mean, pstdev
from typing import Any

import pysubs2

from agents.content_analyzer import run
from agents.types import AnalysisRequest, Segment, SlideChange, TimeRange, Topic, Transcript

DATA = Path(os.environ.get("LECTERN_SHARED_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
MODEL_DIR = os.environ.get("LECTERN_EMBEDDING_MODEL")
"""With it, rows tell what sentence embeddings change."""
RANDOM_SEEDS = 20
F1_TOLERANCE = 2
"""A boundary counts as found within this many utterances."""
_MEETING_WORD_S = 0.35
"""QMSum has no times: every word is taken to last this long."""


@dataclass(frozen=True)
class Document:
    """Timed utterances and the numbers of those that open a topic, the first left out."""

    name: str
    segments: tuple[Segment, ...]
    boundaries: frozenset[int]
    slide_changes: tuple[SlideChange, ...] = ()
    silences: tuple[TimeRange, ...] = ()


@dataclass(frozen=True)
class Score:
    """Means over a corpus: ``pk``, ``window_diff`` 0..1 (lower is better), ``f1`` 0..1, topics found per document."""

    corpus: str
    method: str
    pk: float
    window_diff: float
    f1: float
    topics: float


Method = Callable[[Document], Iterable[int]]


def tinyrec(level: str) -> list[Document]:
    """Recorded tutorials with ``fine`` or ``coarse`` human segments."""
    documents = []
    for path in sorted((DATA / "transcripts" / "tinyrec_norm").glob("*.json")):
        data = json.loads(path.read_text("utf-8"))
        segments = tuple(Segment(u["start"], u["end"], u["text"]) for u in data["utterances"])
        starts = sorted(part["start"] for part in data[level])[1:]
        documents.append(Document(path.stem, segments, nearest(segments, starts)))
    return documents


def lectures(level: str) -> list[Document]:
    """Videos made from two of the tutorials: captions as cues, slides that change, ``fine`` or ``coarse`` segments."""
    documents = []
    for path in sorted((DATA / "lectures").glob("*.gold.json")):
        data = json.loads(path.read_text("utf-8"))
        captions = pysubs2.load(str(path.with_name(path.name.replace(".gold.json", ".vtt"))), encoding="utf-8")
        segments = tuple(Segment(c.start / 1000, c.end / 1000, c.plaintext.replace("\n", " ")) for c in captions)
        starts = sorted(part["start"] for part in data[level])[1:]
        slides = tuple(SlideChange(float(at_s), 1.0) for at_s in data["slide_changes"] if at_s > 0)
        documents.append(Document(path.stem, segments, nearest(segments, starts), slides))
    return documents


def qmsum() -> list[Document]:
    """Meetings with human topic spans, without times."""
    documents = []
    for path in sorted((DATA / "transcripts" / "qmsum").rglob("*.json")):
        data = json.loads(path.read_text("utf-8"))
        segments = meeting_turns(data)
        spans = [int(span[0]) for topic in data["topic_list"] for span in topic["relevant_text_span"]]
        opening = frozenset(i for i in spans if 0 < i < len(segments))
        documents.append(Document(path.stem, segments, opening - {min(spans)}))
    return documents


def meeting_turns(meeting: Any) -> tuple[Segment, ...]:
    """The turns of a meeting of QMSum, whose words all last equally long."""
    at_s, segments = 0.0, []
    for turn in meeting["meeting_transcripts"]:
        text = re.sub(r"\{[^}]*\}", "", turn["content"]).replace(" .", ".").replace(" ,", ",").replace(" ?", "?")
        end_s = at_s + _MEETING_WORD_S * max(1, len(text.split()))
        segments.append(Segment(at_s, end_s, " ".join(text.split()), turn["speaker"]))
        at_s = end_s
    return tuple(segments)


def nearest(segments: Sequence[Segment], starts_s: Iterable[float]) -> frozenset[int]:
    """The utterances that start nearest to ``starts_s``."""
    found = (min(range(len(segments)), key=lambda i: abs(segments[i].start_s - start_s)) for start_s in starts_s)
    return frozenset(i for i in found if i > 0)


# -- metrics -------------------------------------------------------------------------------------------


def window_metrics(length: int, truth: Iterable[int], guess: Iterable[int]) -> tuple[float, float]:
    """Pk (Beeferman et al. 1999) and WindowDiff (Pevzner & Hearst 2002) over windows of half a mean true topic."""
    truth, guess = set(truth), set(guess)
    k = max(2, round(length / (len(truth) + 1) / 2))

    def inside(boundaries: set[int]) -> list[int]:
        return [sum(i < b <= i + k for b in boundaries) for i in range(length - k)]

    pairs = list(zip(inside(truth), inside(guess), strict=True))
    return mean((t == 0) != (g == 0) for t, g in pairs), mean(t != g for t, g in pairs)


def boundary_f1(truth: Iterable[int], guess: Iterable[int], tolerance: int = F1_TOLERANCE) -> float:
    """F1 of boundaries matched one to one, nearest first, at most ``tolerance`` utterances apart."""
    truth, guess = set(truth), set(guess)
    total = len(truth) + len(guess)
    matched = 0
    for _, t, g in sorted((abs(t - g), t, g) for t in truth for g in guess if abs(t - g) <= tolerance):
        if t in truth and g in guess:
            truth.remove(t)
            guess.remove(g)
            matched += 1
    return 2 * matched / total if total else 1.0


# -- methods -------------------------------------------------------------------------------------------


def _topics_of(document: Document, model_dir: str | None) -> tuple[Topic, ...]:
    transcript = Transcript("en", "given", "given", document.segments)
    request = AnalysisRequest(transcript, document.segments[-1].end_s, document.silences, document.slide_changes)
    return run(replace(request, model_dir=model_dir), lambda _fraction, _message: None).topics


def ours_fine(document: Document, model_dir: str | None = None) -> Iterable[int]:
    topics = [part for topic in _topics_of(document, model_dir) for part in (topic.subtopics or (topic,))]
    return nearest(document.segments, [t.start_s for t in topics[1:]])


def ours_coarse(document: Document, model_dir: str | None = None) -> Iterable[int]:
    return nearest(document.segments, [t.start_s for t in _topics_of(document, model_dir)[1:]])


def none(_document: Document) -> Iterable[int]:
    return ()


def even(document: Document) -> Iterable[int]:
    parts = len(document.boundaries) + 1
    return {round(len(document.segments) * i / parts) for i in range(1, parts)}


def shuffled(seed: int) -> Method:
    def draw(document: Document) -> Iterable[int]:
        return random.Random(seed).sample(range(1, len(document.segments)), len(document.boundaries))

    return draw


def text_tiling(document: Document, pseudo: int = 20, block: int = 10) -> Iterable[int]:
    """Hearst 1997: cosine of neighbouring blocks of token sequences, depth scores, cutoff mean − deviation / 2."""
    words = [(w, i) for i, s in enumerate(document.segments) for w in re.findall(r"[a-z]{4,}", s.text.lower())]
    chunks = [words[i : i + pseudo] for i in range(0, len(words), pseudo)]
    bags = [Counter(w for w, _ in chunk) for chunk in chunks]
    if len(bags) < 3:
        return ()
    gaps = []
    for i in range(1, len(bags)):
        left, right = sum(bags[max(0, i - block) : i], Counter()), sum(bags[i : i + block], Counter())
        norm = sqrt(sum(n * n for n in left.values()) * sum(n * n for n in right.values()))
        gaps.append(sum(left[w] * right[w] for w in left) / norm if norm else 0.0)
    smooth = [mean(gaps[max(0, i - 1) : i + 2]) for i in range(len(gaps))]
    depths = [_climb(smooth, i, -1) + _climb(smooth, i, 1) - 2 * smooth[i] for i in range(len(smooth))]
    cutoff = mean(depths) - pstdev(depths) / 2
    found: set[int] = set()
    last = -10
    for i, depth in enumerate(depths):
        peak = depth == max(depths[max(0, i - 2) : i + 3])
        if depth > cutoff and peak and i - last >= 3:
            found.add(chunks[i + 1][0][1])
            last = i
    return found - {0}


def _climb(values: Sequence[float], i: int, step: int) -> float:
    """The top of the hill beside a valley."""
    top = values[i]
    while 0 <= i + step < len(values) and values[i + step] >= top:
        i += step
        top = values[i]
    return top


# -- table ---------------------------------------------------------------------------------------------


def score(corpus: str, method: str, documents: Sequence[Document], segment: Method) -> Score:
    rows = []
    for document in documents:
        guess = set(segment(document))
        pk, window_diff = window_metrics(len(document.segments), document.boundaries, guess)
        rows.append((pk, window_diff, boundary_f1(document.boundaries, guess), len(guess) + 1))
    pk, window_diff, f1, topics = (mean(column) for column in zip(*rows, strict=True))
    return Score(corpus, method, pk, window_diff, f1, topics)


def variants(corpus: str, documents: Sequence[Document], ours: Callable[..., Iterable[int]]) -> list[Score]:
    """Ours with less or more to go by: without the slides where there are any, with embeddings where a model is."""
    found = []
    if any(d.slide_changes for d in documents):
        found.append(score(corpus, "ours, no slides", [replace(d, slide_changes=()) for d in documents], ours))
    if MODEL_DIR:
        found.append(score(corpus, "ours, embeddings", documents, partial(ours, model_dir=MODEL_DIR)))
    return found


def scores() -> list[Score]:
    """Every method on every corpus. Empty without the shared data."""
    found: list[Score] = []
    for corpus, documents, ours in (
        ("TinyRec fine", tinyrec("fine"), ours_fine),
        ("TinyRec coarse", tinyrec("coarse"), ours_coarse),
        ("QMSum", qmsum(), ours_coarse),
        ("Video lectures fine", lectures("fine"), ours_fine),
        ("Video lectures coarse", lectures("coarse"), ours_coarse),
    ):
        if not documents:
            continue
        draws = [score(corpus, "random", documents, shuffled(seed)) for seed in range(RANDOM_SEEDS)]
        found += [
            score(corpus, "ours", documents, ours),
            *variants(corpus, documents, ours),
            score(corpus, "TextTiling", documents, text_tiling),
            score(corpus, "even", documents, even),
            Score(
                corpus,
                "random",
                mean(d.pk for d in draws),
                mean(d.window_diff for d in draws),
                mean(d.f1 for d in draws),
                draws[0].topics,
            ),
            score(corpus, "none", documents, none),
        ]
        true_topics = mean(len(d.boundaries) + 1 for d in documents)
        found.append(Score(corpus, "people", 0.0, 0.0, 1.0, true_topics))
    return found


def table() -> str:
    """The scores as a Markdown table; a sentence where the shared data is absent."""
    found = scores()
    if not found:
        return "Topic benchmark left out: needs the shared data folder (LECTERN_SHARED_DATA)."
    lines = ["| corpus | method | Pk | WindowDiff | boundary F1 | topics |", "|---|---|---|---|---|---|"]
    for previous, s in pairwise([None, *found]):
        assert s is not None
        corpus = s.corpus if previous is None or previous.corpus != s.corpus else ""
        lines.append(f"| {corpus} | {s.method} | {s.pk:.3f} | {s.window_diff:.3f} | {s.f1:.3f} | {s.topics:.1f} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(table() + "\n")
