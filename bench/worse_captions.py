"""Topics of the same tutorials with worse captions: how much is lost where a transcript is not as tidy.

``python -m bench worse_captions`` prints the table. The words, and where people put the boundaries, stay; what changes
is how the words come: without capitals and full stops, in short lines as automatic captions have them, in long blocks,
with labels, with fillers, with words misheard, with pauses, in an unknown language. Boundaries are judged by the
utterances of the original, so that the rows compare. Baselines that look at the words alone are in ``topics``.
"""

import random
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import mean

from agents.content_analyzer import run
from agents.types import AnalysisRequest, Segment, Topic, Transcript
from bench import topics as bench
from bench.topics import Document

_LINE_WORDS = 6
_BLOCK_S = 60.0
_FILLER_SHARE, _MISHEARD_SHARE = 0.12, 0.15
_FILLERS = ("um", "uh", "you know,", "like", "I mean,", "sort of")
_ADVERT = "Please like and subscribe, and visit our sponsor example dot com."
_ADVERT_EVERY_S = 45.0
_SYLLABLES = (
    "ka",
    "lo",
    "mi",
    "ter",
    "van",
    "ung",
    "schen",
    "eit",
    "ro",
    "pa",
    "del",
    "nim",
    "cor",
    "bas",
    "tul",
    "öst",
)

Segments = Sequence[Segment]
Spoken = tuple[float, float, str]


def words(segments: Segments) -> Iterator[Spoken]:
    """Each word with the time that its letters take of its cue."""
    for segment in segments:
        spoken = segment.text.split()
        letters, at = sum(len(w) + 1 for w in spoken), 0
        length_s = segment.end_s - segment.start_s
        for word in spoken:
            start_s = segment.start_s + length_s * at / letters
            at += len(word) + 1
            yield start_s, segment.start_s + length_s * at / letters, word


def each(segments: Segments, change: Callable[[str], str]) -> list[Segment]:
    return [replace(s, text=change(s.text)) for s in segments]


def bare(segments: Segments) -> list[Segment]:
    """Small letters without punctuation."""
    return each(segments, lambda text: " ".join(re.sub(r"[^\w\s']", " ", text.lower()).split()))


def lines(segments: Segments) -> list[Segment]:
    """Short lines, each until the next one, as in automatic captions; a new one after two seconds of pause."""
    rows: list[list[Spoken]] = []
    for word in words(segments):
        if not rows or len(rows[-1]) == _LINE_WORDS or word[0] - rows[-1][-1][1] > 2.0:
            rows.append([])
        rows[-1].append(word)
    starts = [row[0][0] for row in rows]
    ends = [*starts[1:], rows[-1][-1][1]]
    return [_cue(start_s, end_s, row) for start_s, end_s, row in zip(starts, ends, rows, strict=True)]


def blocks(segments: Segments) -> list[Segment]:
    rows: list[list[Spoken]] = []
    for word in words(segments):
        if not rows or word[1] - rows[-1][0][0] > _BLOCK_S:
            rows.append([])
        rows[-1].append(word)
    return [_cue(row[0][0], row[-1][1], row) for row in rows]


def _cue(start_s: float, end_s: float, row: Sequence[Spoken]) -> Segment:
    return Segment(start_s, end_s, " ".join(word for _, _, word in row))


def labelled(segments: Segments) -> list[Segment]:
    speakers = ("PROFESSOR", "STUDENT")
    return [replace(s, text=f"{speakers[i % 21 > 17]}: {s.text}") if i % 3 == 0 else s for i, s in enumerate(segments)]


def hesitant(segments: Segments) -> list[Segment]:
    rng = random.Random(1)

    def filled(text: str) -> str:
        return " ".join(
            f"{rng.choice(_FILLERS)} {word}" if rng.random() < _FILLER_SHARE else word for word in text.split()
        )

    return each(segments, filled)


def misheard(segments: Segments) -> list[Segment]:
    """One word in seven is another of the same tutorial."""
    rng = random.Random(2)
    heard = [word for _, _, word in words(segments)]
    return each(
        segments,
        lambda text: " ".join(rng.choice(heard) if rng.random() < _MISHEARD_SHARE else w for w in text.split()),
    )


def interrupted(segments: Segments) -> list[Segment]:
    """The same advert and music every 45 s."""
    found: list[Segment] = []
    last_s = 0.0
    for segment in segments:
        if segment.start_s - last_s > _ADVERT_EVERY_S:
            last_s = segment.start_s
            found += [Segment(last_s, last_s + 0.1, "[upbeat music]"), Segment(last_s + 0.1, last_s + 0.2, _ADVERT)]
            found.append(replace(segment, start_s=last_s + 0.2, end_s=max(segment.end_s, last_s + 0.3)))
        else:
            found.append(segment)
    return found


def foreign(segments: Segments) -> list[Segment]:
    """Every word in a language that nobody knows: no phrases, no stop words, no stems."""

    def word(match: re.Match[str]) -> str:
        rng = random.Random(match.group().lower())
        return "".join(rng.choice(_SYLLABLES) for _ in range(max(1, round(len(match.group()) / 2.5))))

    return each(segments, lambda text: re.sub(r"[\w']+", word, text))


@dataclass(frozen=True)
class Worse:
    name: str
    change: Callable[[Segments], list[Segment]]
    language: str = "en"


KINDS = (
    Worse("as they are", list),
    Worse("small letters", lambda s: each(s, str.lower)),
    Worse("capitals", lambda s: each(s, str.upper)),
    Worse("no full stops", bare),
    Worse("no full stops, lines of 6 words without gaps", lambda s: lines(bare(s))),
    Worse("no full stops, blocks of a minute", lambda s: blocks(bare(s))),
    Worse("lines of 6 words without gaps", lines),
    Worse("blocks of a minute", blocks),
    Worse("labels of speakers", labelled),
    Worse("fillers, 12 % more words", hesitant),
    Worse("15 % of the words misheard", misheard),
    Worse("adverts and music", interrupted),
    Worse("an unknown language", foreign, "zxx"),
)


def found(document: Document, kind: Worse) -> tuple[Topic, ...]:
    segments = tuple(kind.change(document.segments))
    request = AnalysisRequest(Transcript(kind.language, "given", "given", segments), segments[-1].end_s)
    return run(request, lambda _fraction, _message: None).topics


def table() -> str:
    """WindowDiff and F1 of topics and subtopics as a Markdown table; a sentence where the shared data is absent."""
    fine, coarse = bench.tinyrec("fine"), bench.tinyrec("coarse")
    if not fine:
        return "Topics of worse captions left out: needs the shared data folder (LECTERN_SHARED_DATA)."
    head = "| TinyRec with worse captions | topics: WindowDiff | F1 | number | subtopics: WindowDiff | F1 | number |"
    rows = [head, "|---" * 7 + "|"]
    for kind in KINDS:
        cells = []
        outlines = [found(document, kind) for document in fine]
        for documents, level in ((coarse, "coarse"), (fine, "fine")):
            scores = []
            for document, topics in zip(documents, outlines, strict=True):
                parts = topics if level == "coarse" else [leaf for t in topics for leaf in (t.subtopics or (t,))]
                guess = bench.nearest(document.segments, [t.start_s for t in parts][1:])
                _, window_diff = bench.window_metrics(len(document.segments), document.boundaries, guess)
                scores.append((window_diff, bench.boundary_f1(document.boundaries, guess), len(guess) + 1))
            window_diff, f1, number = (mean(column) for column in zip(*scores, strict=True))
            cells += [f"{window_diff:.3f}", f"{f1:.3f}", f"{number:.1f}"]
        rows.append(f"| {kind.name} | " + " | ".join(cells) + " |")
    return "\n".join(rows)


if __name__ == "__main__":
    sys.stdout.write(table() + "\n")
