"""The clips that are chosen, beside as many others of the same lengths: from the front, evenly spread, at random.

``python -m bench clips`` prints the table. Higher is better but for ``leaning``. The other clips begin where a caption
cue begins and know no sentence. What people said about a recording (topics, titles, summaries, answers) is seen by
no side; ``importance`` is our own analyzer's.
"""

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import mean
from time import process_time

from agents.segment_extractor import run
from agents.types import EditPlan, ExtractionRequest, PlanSettings, TimeRange
from bench.clip_documents import Talk, talks, union
from bench.table import Row

RANDOM_SEEDS = 20
TOUCHED_S = 10.0
"""A topic is covered from this many seconds on, or half of it."""
_COMMON = """
    the a an of to and in is for on that with was were are as it by be how their they from at into this which about or
    would his her had has have will who what there also not but other"""
_NO_WORDS = frozenset(_COMMON.split())
_SENTENCE_END = re.compile(r"[.?!…][\"'”’)\]]*$")
_LEANING = re.compile(
    r"(?:(?:and|so|but|or|now|well|okay|then|yeah),? )*"
    r"(?:it|this|that|these|those|they|them|he|she|its|their|which|because|it's|that's|they're|he's|she's|therefore"
    r"|otherwise|instead|however|as we (?:saw|said)|the (?:former|latter|other|same|second|next)|for example)\b",
    re.IGNORECASE,
)
"""A rule of this benchmark's own, and blunter than the extractor's."""


@dataclass(frozen=True)
class Score:
    """Of one talk: every value 0..1. ``words`` and ``relevant`` are None where people wrote and asked nothing."""

    starts: float
    ends: float
    leaning: float
    topics: float
    words: float | None
    importance: float
    relevant: float | None


Ranges = Sequence[Sequence[TimeRange]]
"""Clips, each as the ranges it keeps."""


def planned(request: ExtractionRequest) -> EditPlan:
    return run(request, lambda _fraction, _message: None)


def lead(talk: Talk, lengths_s: Sequence[float]) -> Ranges:
    return _placed(talk, lengths_s, [sum(lengths_s[:i]) for i in range(len(lengths_s))])


def even(talk: Talk, lengths_s: Sequence[float]) -> Ranges:
    parts = len(lengths_s)
    return _placed(talk, lengths_s, [(i + 0.5) / parts * talk.duration_s - n / 2 for i, n in enumerate(lengths_s)])


def shuffled(seed: int) -> Callable[[Talk, Sequence[float]], Ranges]:
    def draw(talk: Talk, lengths_s: Sequence[float]) -> Ranges:
        """Gaps of random lengths between the clips, in random order."""
        rng = random.Random(f"{seed} {talk.name}")
        order = rng.sample(list(lengths_s), len(lengths_s))
        cuts = sorted(rng.uniform(0.0, max(talk.duration_s - sum(order), 0.0)) for _ in order)
        return _placed(talk, order, [cut + sum(order[:i]) for i, cut in enumerate(cuts)])

    return draw


def _placed(talk: Talk, lengths_s: Sequence[float], starts_s: Sequence[float]) -> Ranges:
    """From the cue that starts nearest to the wanted time to the end of the cue that is nearest to the length."""
    cues = talk.transcript.segments
    clips, free = [], 0
    for length_s, start_s in zip(lengths_s, starts_s, strict=True):
        if free >= len(cues):
            break
        first = min(range(free, len(cues)), key=lambda i: abs(cues[i].start_s - start_s))
        last = min(range(first, len(cues)), key=lambda i: abs(cues[i].end_s - cues[first].start_s - length_s))
        clips.append((TimeRange(cues[first].start_s, cues[last].end_s),))
        free = last + 1
    return clips


def score(talk: Talk, request: ExtractionRequest, clips: Ranges) -> Score:
    kept = union(r for clip in clips for r in clip)
    kept_s = sum(r.duration_s for r in kept) or 1.0
    sentences = request.analysis.sentences if request.analysis else ()
    inside = [(s.importance, _shared_s((TimeRange(s.start_s, s.end_s),), kept)) for s in sentences]
    covered = [t for t in talk.topics if _shared_s((t,), kept) >= min(TOUCHED_S, t.duration_s / 2)]
    cues = talk.transcript.segments
    said = [c.text for c in cues if _shared_s((TimeRange(c.start_s, c.end_s),), kept) > c.end_s / 2 - c.start_s / 2]
    wanted, used = _content(talk.words), _content(" ".join(said))
    opening = [_text(talk, clip[0].start_s, clip[0].end_s)[0] for clip in clips]
    before = [_text(talk, 0.0, clip[0].start_s)[1] for clip in clips]
    closing = [_text(talk, clip[-1].start_s, clip[-1].end_s)[1] for clip in clips]
    fresh = [not b or _SENTENCE_END.search(b) for b in before]
    return Score(
        mean(bool(f) and not o[:1].islower() for f, o in zip(fresh, opening, strict=True)),
        mean(bool(_SENTENCE_END.search(c)) for c in closing),
        mean(bool(_LEANING.match(o)) for o in opening),
        len(covered) / max(len(talk.topics), 1),
        len(wanted & used) / len(wanted) if wanted else None,
        sum(v * s for v, s in inside) / max(sum(s for _, s in inside), 1e-9),
        _shared_s(kept, talk.relevant) / kept_s if talk.relevant else None,
    )


def _text(talk: Talk, start_s: float, end_s: float) -> tuple[str, str]:
    """The first and the last cue whose middle lies in the range."""
    inside = [c.text for c in talk.transcript.segments if start_s <= (c.start_s + c.end_s) / 2 < end_s and c.text]
    return (inside[0].strip(), inside[-1].strip()) if inside else ("", "")


def _content(text: str) -> set[str]:
    return {w[:6] for w in re.findall(r"[^\W\d_]{3,}", text.lower()) if w not in _NO_WORDS}


def _shared_s(some: Sequence[TimeRange], others: Sequence[TimeRange]) -> float:
    return sum(max(0.0, min(a.end_s, b.end_s) - max(a.start_s, b.start_s)) for a in some for b in others)


def averaged(scores: Sequence[Score]) -> Score:
    words = [s.words for s in scores if s.words is not None]
    relevant = [s.relevant for s in scores if s.relevant is not None]
    return Score(
        mean(s.starts for s in scores),
        mean(s.ends for s in scores),
        mean(s.leaning for s in scores),
        mean(s.topics for s in scores),
        mean(words) if words else None,
        mean(s.importance for s in scores),
        mean(relevant) if relevant else None,
    )


def scores(settings: PlanSettings | None = None) -> dict[tuple[str, str], Score]:
    """By corpus and method. A talk without clips counts for no method."""
    found: dict[tuple[str, str], list[Score]] = {}
    for talk in talks():
        request = talk.request(settings or PlanSettings())
        ours = [clip.keep for clip in planned(request).clips]
        if not ours:
            continue
        lengths_s = [sum(k.duration_s for k in keep) for keep in ours]
        draws = [score(talk, request, shuffled(seed)(talk, lengths_s)) for seed in range(RANDOM_SEEDS)]
        rows = {
            "ours": score(talk, request, ours),
            "lead": score(talk, request, lead(talk, lengths_s)),
            "even": score(talk, request, even(talk, lengths_s)),
            "random": averaged(draws),
        }
        for method, row in rows.items():
            found.setdefault((talk.corpus, method), []).append(row)
    return {key: averaged(rows) for key, rows in found.items()}


def table() -> str:
    """The scores as a Markdown table; a sentence where the shared data is absent."""
    found = scores()
    if not found:
        return "Clip benchmark left out: needs the shared data folder (LECTERN_SHARED_DATA)."
    lines = [
        "| corpus | clips | whole start | whole end | leaning | topics | people's words | relevant | importance |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for previous, key in pairwise([("", ""), *found]):
        s, corpus = found[key], key[0] if key[0] != previous[0] else ""
        values = (s.starts, s.ends, s.leaning, s.topics, s.words, s.relevant)
        cells = " | ".join("" if v is None else f"{v:.2f}" for v in values)
        lines.append(f"| {corpus} | {key[1]} | {cells} | {s.importance:.3f} |")
    return "\n".join(lines)


def rows() -> list[Row]:
    """How the time to choose grows with the length: a lecture put behind itself until it lasts two hours."""
    longest = max(talks(), key=lambda t: t.duration_s, default=None)
    if longest is None:
        return []
    times_s = {}
    for length_s in (1800.0, 7200.0):
        request = repeated(longest, length_s).request(PlanSettings(max_clips=12))
        began_s = process_time()
        planned(request)
        times_s[length_s] = process_time() - began_s
    short_s, long_s = times_s.values()
    growth = long_s / short_s / 4
    note = "seconds per minute of transcript, of 120 against 30 minutes; below 1: less than linear"
    return [Row("clips of 120 min", long_s, "of 30 min", short_s, growth, "<= 1.5", growth <= 1.5, note)]


def repeated(talk: Talk, length_s: float) -> Talk:
    """The talk again and again, every time with words of its own, for as long as wanted."""
    segments = []
    rounds = int(length_s // talk.duration_s) + 1
    for number in range(rounds):
        for s in talk.transcript.segments:
            start_s, end_s = s.start_s + number * talk.duration_s, s.end_s + number * talk.duration_s
            if end_s <= length_s:
                text = re.sub(r"([^\W\d_]{6,})", rf"\1{chr(97 + number)}" if number else r"\1", s.text)
                segments.append(type(s)(start_s, end_s, text, s.speaker))
    transcript = type(talk.transcript)("en", "given", "given", tuple(segments))
    return Talk(talk.corpus, talk.name, transcript, length_s, (), "")
