"""Captions that people can read, of real transcripts and of any: within the limits, and no word lost or moved."""

import json
from pathlib import Path

import pysubs2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.transcript_agent.caption_lines import MAX_COLUMNS, MAX_LINES, lines_of
from agents.transcript_agent.caption_text import parse_cues
from agents.transcript_agent.caption_tokens import Token, columns
from agents.transcript_agent.captions import from_file
from agents.transcript_agent.cues import tidy, to_segment
from agents.transcript_agent.formats import to_srt, to_vtt
from agents.transcript_agent.readable import Caption, readable
from agents.types import Segment, Word


def letters(text: str) -> str:
    return "".join(text.split())


def check(segments: list[Segment], captions: list[Caption]) -> None:
    """What holds for every transcript."""
    assert letters("".join("".join(c.lines) for c in captions)) == letters("".join(s.text for s in segments))
    free_s = 0.0
    for caption in captions:
        assert 1 <= len(caption.lines) <= MAX_LINES
        assert all(0 < columns(line) <= MAX_COLUMNS for line in caption.lines)
        assert caption.start_s >= free_s
        assert caption.end_s >= caption.start_s + 0.999
        free_s = caption.end_s


def of_file(path: Path) -> list[Segment]:
    """Segments of a caption file or of a timed transcript of the shared data."""
    if path.suffix == ".vtt":
        return [to_segment(cue) for cue in tidy(from_file(str(path))[0])]
    return [Segment(u["start"], u["end"], u["text"]) for u in json.loads(path.read_text("utf-8"))["utterances"]]


def test_real_lectures(shared_data: Path) -> None:
    files = [*sorted((shared_data / "lectures").glob("*.vtt")), *sorted((shared_data / "transcripts").rglob("*.vtt"))]
    files += sorted((shared_data / "transcripts" / "tinyrec_norm").glob("*.json"))
    assert len(files) > 10
    for path in files:
        segments = of_file(path)
        captions = readable(segments, named=False)
        check(sorted(segments, key=lambda segment: segment.start_s), captions)
        fast = sum(columns("".join(c.lines)) / (c.end_s - c.start_s) > 25 for c in captions)
        assert fast <= 0.02 * len(captions) + 1, path
        uneven = [c for c in captions if len(c.lines) == 2 and min(map(columns, c.lines)) < 0.3 * MAX_COLUMNS]
        assert len(uneven) <= 0.02 * len(captions) + 1, path


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=60)
TEXTS = st.lists(WORDS, min_size=1, max_size=40).map(" ".join)


@st.composite
def transcripts(draw: st.DrawFn) -> list[Segment]:
    at_s, made = 0.0, []
    for _ in range(draw(st.integers(0, 8))):
        at_s += draw(st.floats(0, 5))
        length_s = draw(st.floats(0, 20))
        text = draw(TEXTS)
        timed = draw(st.booleans())
        step_s = length_s / len(text.split())
        words = tuple(
            Word(at_s + i * step_s, at_s + (i + 1) * step_s, word, 0.5) for i, word in enumerate(text.split())
        )
        speaker = draw(st.sampled_from([None, "Ann", "Bo & Co"]))
        made.append(Segment(at_s, at_s + length_s, text, speaker, words if timed else ()))
        at_s += length_s
    return made


@settings(deadline=None, max_examples=60)
@given(transcripts())
def test_any_transcript(segments: list[Segment]) -> None:
    check(segments, readable(segments, named=False))


@settings(deadline=None, max_examples=40)
@given(transcripts())
def test_files_hold_every_word(segments: list[Segment]) -> None:
    captions = readable(segments, named=False)
    cues = [cue for cue in parse_cues(to_vtt(segments)) if cue.lines] if segments else []
    assert len(cues) == len(captions)
    named = readable(segments, named=True)
    events = pysubs2.SSAFile.from_string(to_srt(segments), format_="srt") if segments else []
    assert [(e.start, e.end) for e in events] == [(round(c.start_s * 1000), round(c.end_s * 1000)) for c in named]


def test_a_break_is_even_and_rather_after_a_comma() -> None:
    text = "When the temperature rises slowly, the gas expands until it is in balance"
    tokens = [Token(word, 0.3 * i, 0.3 * i + 0.3) for i, word in enumerate(text.split())]
    assert lines_of(tokens) == ("When the temperature rises slowly,", "the gas expands until it is in balance")


@pytest.mark.parametrize("text", ["量子力学は" * 30, "https://example.org/" + "a" * 200])
def test_text_without_spaces(text: str) -> None:
    segments = [Segment(0.0, 20.0, text)]
    check(segments, readable(segments, named=False))


def test_words_without_spaces_stay_together() -> None:
    words = tuple(Word(0.2 * i, 0.2 * i + 0.2, word) for i, word in enumerate(["量", "子", "力", "学"]))
    (caption,) = readable([Segment(0.0, 0.8, "量子力学", None, words)], named=False)
    assert caption.lines == ("量子力学",)


def test_captions_stay_until_they_can_be_read_and_leave_a_gap() -> None:
    first = "Sixty columns of text that are said within a second and no more."
    captions = readable(
        [Segment(0.0, 1.0, first), Segment(8.0, 9.0, "Later."), Segment(10.3, 11.0, "Soon.")], named=False
    )
    assert captions[0].end_s == pytest.approx(len(first) / 20, abs=0.01)
    assert captions[1].end_s == pytest.approx(9.4)
    assert captions[2].start_s == pytest.approx(10.3)
