"""Key sentences against people's: mean average precision on QMSum beside simple rankings of the same sentences.

``python -m bench importance`` prints the table. People marked, for each question about a meeting, the turns that
answer it. A ranking of the meeting's sentences is judged by its average precision for each question, averaged over
all questions: once without the question and once with the question as ``focus``. A third judgement takes all that
anybody asked about in a meeting together.
"""

import json
import random
import re
import sys
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import log, sqrt
from statistics import mean

from agents.content_analyzer import run
from agents.types import Analysis, AnalysisRequest, Segment, Sentence, Topic, Transcript
from bench.topics import DATA, meeting_turns

RANDOM_SEEDS = 20
_TIE = 1e-4
"""Far below the difference of two topics."""
POSITION_SHARE = 0.2
"""How much the centroid ranking takes from the position: a common mixture in centroid summarisers."""


@dataclass(frozen=True)
class Question:
    """``relevant``: the numbers of the turns that answer it."""

    text: str
    relevant: frozenset[int]


@dataclass(frozen=True)
class Meeting:
    """``turn_of``: the turn that each sentence opens in."""

    segments: tuple[Segment, ...]
    questions: tuple[Question, ...]
    sentences: tuple[Sentence, ...]
    topics: tuple[Topic, ...]
    turn_of: tuple[int, ...]


Ranking = Callable[[Meeting, str], Sequence[float]]
"""A value for each sentence of a meeting, given a question that a ranking may look at or not."""


def meetings() -> list[Meeting]:
    """QMSum's meetings. Empty without the shared data."""
    found = []
    for path in sorted((DATA / "transcripts" / "qmsum").rglob("*.json")):
        data = json.loads(path.read_text("utf-8"))
        segments = meeting_turns(data)
        analysis = analysed(segments, None)
        questions = tuple(
            Question(q["query"], frozenset(i for a, b in q["relevant_text_span"] for i in range(int(a), int(b) + 1)))
            for q in data["specific_query_list"]
        )
        starts = [s.start_s for s in segments]
        opened = tuple(_turn(starts, s.start_s) for s in analysis.sentences)
        found.append(Meeting(segments, questions, analysis.sentences, analysis.topics, opened))
    return found


def _turn(starts_s: Sequence[float], at_s: float) -> int:
    return max(bisect_right(starts_s, at_s + 1e-6) - 1, 0)


@lru_cache(maxsize=256)
def analysed(segments: tuple[Segment, ...], focus: str | None, model_dir: str | None = None) -> Analysis:
    transcript = Transcript("en", "given", "given", segments)
    request = AnalysisRequest(transcript, segments[-1].end_s, focus=focus, model_dir=model_dir)
    return run(request, lambda _fraction, _message: None)


# -- metric --------------------------------------------------------------------------------------------


def average_precision(values: Sequence[float], relevant: Sequence[bool]) -> float:
    """Mean of the precision at each relevant sentence, best value first; among equal values, in order of time."""
    found, total = 0, 0.0
    for rank, i in enumerate(sorted(range(len(values)), key=lambda i: (-values[i], i)), 1):
        if relevant[i]:
            found += 1
            total += found / rank
    return total / found if found else 0.0


# -- rankings ------------------------------------------------------------------------------------------


def ours(meeting: Meeting, question: str) -> Sequence[float]:
    """The topics in the order of their importance, and the sentences of each in theirs; with a question, sentences."""
    if question:
        return [s.importance for s in analysed(meeting.segments, question).sentences]
    worth = [0.0] * len(meeting.sentences)
    for topic in meeting.topics:
        for i, s in enumerate(meeting.sentences):
            if topic.start_s <= s.start_s < topic.end_s:
                worth[i] = topic.importance
    return [w + _TIE * s.importance for w, s in zip(worth, meeting.sentences, strict=True)]


def sentences_alone(meeting: Meeting, question: str) -> Sequence[float]:
    return ours(meeting, question) if question else [s.importance for s in meeting.sentences]


def lead(meeting: Meeting, _question: str) -> Sequence[float]:
    return [-float(i) for i in range(len(meeting.sentences))]


def longest(meeting: Meeting, _question: str) -> Sequence[float]:
    return [float(len(s.text.split())) for s in meeting.sentences]


def shuffled(seed: int) -> Ranking:
    def draw(meeting: Meeting, _question: str) -> Sequence[float]:
        generator = random.Random(seed)
        return [generator.random() for _ in meeting.sentences]

    return draw


def _vectors(texts: Sequence[str]) -> list[dict[str, float]]:
    """Unit tf-idf vectors, each text a document."""
    bags = [Counter(re.findall(r"[a-z]{3,}", text.lower())) for text in texts]
    spread = Counter(word for bag in bags for word in bag)
    rows = [{w: n * log(len(bags) / spread[w]) for w, n in bag.items()} for bag in bags]
    norms = [sqrt(sum(x * x for x in row.values())) or 1.0 for row in rows]
    return [{w: x / norm for w, x in row.items()} for row, norm in zip(rows, norms, strict=True)]


def centroid(meeting: Meeting, question: str) -> Sequence[float]:
    """Cosine with the meeting's centroid (with a question: with the question), and a share for coming early."""
    texts = [s.text for s in meeting.sentences]
    rows = _vectors([*texts, question] if question else texts)
    aim: dict[str, float] = rows.pop() if question else {}
    if not question:
        total: Counter[str] = Counter()
        for row in rows:
            total.update(row)
        norm = sqrt(sum(x * x for x in total.values())) or 1.0
        aim = {w: x / norm for w, x in total.items()}
    likeness = [sum(x * aim.get(w, 0.0) for w, x in row.items()) for row in rows]
    most = max(likeness) or 1.0
    return [
        (1 - POSITION_SHARE) * value / most + POSITION_SHARE * (1 - i / len(texts)) for i, value in enumerate(likeness)
    ]


# -- table ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Score:
    """Mean average precisions, 0..1: per question without and with it as focus, and of all that was asked about."""

    method: str
    blind: float
    focused: float
    any_question: float


def score(method: str, found: Sequence[Meeting], ranking: Ranking) -> Score:
    blind, focused, together = [], [], []
    for meeting in found:
        values = ranking(meeting, "")
        asked = frozenset().union(*(q.relevant for q in meeting.questions))
        together.append(average_precision(values, [t in asked for t in meeting.turn_of]))
        for question in meeting.questions:
            relevant = [t in question.relevant for t in meeting.turn_of]
            blind.append(average_precision(values, relevant))
            focused.append(average_precision(ranking(meeting, question.text), relevant))
    return Score(method, mean(blind), mean(focused), mean(together))


def scores() -> list[Score]:
    """Every ranking on all meetings. Empty without the shared data."""
    found = meetings()
    if not found:
        return []
    draws = [score("random", found, shuffled(seed)) for seed in range(RANDOM_SEEDS)]
    chance = Score("random", *(mean(column) for column in zip(*(_figures(d) for d in draws), strict=True)))
    rankings = {
        "ours": ours,
        "ours, sentences alone": sentences_alone,
        "centroid and position": centroid,
        "longest": longest,
        "lead": lead,
    }
    return [*(score(name, found, ranking) for name, ranking in rankings.items()), chance]


def _figures(s: Score) -> tuple[float, float, float]:
    return s.blind, s.focused, s.any_question


def table() -> str:
    """The scores as a Markdown table; a sentence where the shared data is absent."""
    found = scores()
    if not found:
        return "Importance benchmark left out: needs the shared data folder (LECTERN_SHARED_DATA)."
    lines = [
        "| key sentences, QMSum | MAP per question | with the question as focus | MAP of all questions together |",
        "|---|---|---|---|",
    ]
    return "\n".join(
        [*lines, *(f"| {s.method} | {s.blind:.3f} | {s.focused:.3f} | {s.any_question:.3f} |" for s in found)]
    )


if __name__ == "__main__":
    sys.stdout.write(table() + "\n")
