"""Emphasis by loudness, in lectures of syllables whose raised sentences are known."""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from agents.content_analyzer import run
from agents.content_analyzer.emphasis import emphasised
from agents.content_analyzer.sentences import SentenceSpan
from agents.content_analyzer.voice_level import loudness_of_voice
from agents.media.level_contour import LevelContour
from agents.types import AnalysisRequest, Loudness, Segment, Transcript

RATE_HZ = 4_000
SYLLABLE_S = 0.2
TEXT = "The pointer moves on along the list to the next node."
SEEDS = range(8)
Signal = NDArray[np.float64]
Gain = Callable[["Lecture"], None]


@dataclass
class Lecture:
    """Sixty sentences of 2 to 6 s with pauses of 0 to 1.2 s, at about -26 dBFS over a quiet room.

    Syllables differ by 3 dB (standard deviation), and sentences by ``varied_db`` from each other.
    """

    seed: int
    varied_db: float = 0.0
    spans: list[SentenceSpan] = field(init=False)
    signal: Signal = field(init=False)

    def __post_init__(self) -> None:
        self._rng = rng = np.random.default_rng(self.seed)
        now_s = 1.0
        self.spans = []
        for _ in range(60):
            length_s = SYLLABLE_S * int(rng.integers(10, 31))
            self.spans.append(SentenceSpan(now_s, now_s + length_s, TEXT, round(length_s * 2.5), (0, 1)))
            now_s += length_s + float(rng.choice([0.0, 0.15, 0.5, 1.2]))
        self.signal = self.noise(now_s + 1.0, -65)
        for span in self.spans:
            level_dbfs = -26 + self.varied_db * rng.standard_normal()
            for at_s in np.arange(span.start_s, span.end_s - 0.01, SYLLABLE_S):
                self.add(at_s, at_s + SYLLABLE_S * 0.8, level_dbfs + float(np.clip(3 * rng.standard_normal(), -6, 6)))

    def noise(self, seconds: float, dbfs: float) -> Signal:
        return self._rng.standard_normal(round(seconds * RATE_HZ)) * 32_768 * 10 ** (dbfs / 20)

    def add(self, start_s: float, end_s: float, dbfs: float) -> None:
        """Noise of that level on top."""
        start = round(start_s * RATE_HZ)
        added = self.noise(end_s - start_s, dbfs)[: max(len(self.signal) - start, 0)]
        self.signal[start : start + len(added)] += added

    def amplify(self, start_s: float, end_s: float, gain_db: float) -> None:
        self.signal[round(start_s * RATE_HZ) : round(end_s * RATE_HZ)] *= 10 ** (gain_db / 20)

    def raised(self, gain_db: float) -> list[int]:
        """Raise four sentences that have others on both sides; their numbers."""
        chosen = sorted(int(first + self._rng.integers(0, 9)) for first in (4, 17, 30, 44))
        for i in chosen:
            self.amplify(self.spans[i].start_s, self.spans[i].end_s, gain_db)
        return chosen

    def loudness(self) -> Loudness:
        contour = LevelContour(RATE_HZ)
        contour.add(np.clip(self.signal, -32_768, 32_767).astype(np.int16))
        return contour.loudness()

    def found(self) -> list[int]:
        return [i for i, value in enumerate(loudness_of_voice(self.spans, self.loudness())) if value >= 1]


def steady(lecture: Lecture) -> None:
    """The same gain throughout."""


def drift(lecture: Lecture) -> None:
    """8 dB up and down again in four minutes."""
    time_s = np.arange(len(lecture.signal)) / RATE_HZ
    lecture.signal *= 10 ** (4 * np.sin(2 * np.pi * time_s / 240) / 20)


def fading(lecture: Lecture) -> None:
    """The speaker walks away from the microphone: 15 dB less in the end."""
    lecture.signal *= 10 ** (np.linspace(0, -15, len(lecture.signal)) / 20)


def hum(lecture: Lecture) -> None:
    """A ventilator 15 dB below the voice."""
    lecture.signal += lecture.noise(len(lecture.signal) / RATE_HZ, -41)


GAINS = pytest.mark.parametrize("gain", [steady, drift, fading, hum])


@GAINS
def test_raised_sentences_are_found_and_no_others(gain: Gain) -> None:
    """32 among 480. What a short sentence has by chance hides one or two; a gain that drifts, no more."""
    hits = others = 0
    for seed in SEEDS:
        lecture = Lecture(seed)
        chosen = lecture.raised(6)
        gain(lecture)
        found = set(lecture.found())
        hits += len(found & set(chosen))
        others += len(found - set(chosen))
    assert hits >= 29
    assert others <= 2


@GAINS
def test_none_is_found_where_none_is_raised(gain: Gain) -> None:
    lectures = [Lecture(seed) for seed in SEEDS]
    for lecture in lectures:
        gain(lecture)
    assert sum(len(lecture.found()) for lecture in lectures) <= 2


def test_constant_levels_have_no_emphasis() -> None:
    spans = Lecture(0).spans
    for slope in (0.0, 0.05, -0.12):
        levels = tuple(round(-30 + slope * i / 2) for i in range(800))
        assert max(loudness_of_voice(spans, Loudness(0.5, levels))) < 0.5


def test_a_voice_that_varies_needs_more_to_stand_out() -> None:
    """Of 480 sentences that differ by 2 dB from each other by chance, few are taken for emphasis; most raised are."""
    lectures = [Lecture(seed, varied_db=2.0) for seed in SEEDS]
    assert sum(len(lecture.found()) for lecture in lectures) <= 24
    chosen = [lecture.raised(9) for lecture in lectures]
    hits = sum(len(set(some) & set(lecture.found())) for some, lecture in zip(chosen, lectures, strict=True))
    assert hits >= 20


@pytest.mark.parametrize("gain_db", [8, -8], ids=["louder", "softer"])
def test_another_microphone_is_no_emphasis(gain_db: float) -> None:
    found = []
    for seed in SEEDS:
        lecture = Lecture(seed)
        lecture.amplify(lecture.spans[20].start_s, lecture.spans[40].end_s, gain_db)
        found += lecture.found()
    assert len(found) <= 2, "of 480"


def test_music_before_between_and_under_sentences_is_no_emphasis() -> None:
    found = []
    for seed in SEEDS:
        lecture = Lecture(seed)
        lecture.add(0.0, 1.0, -15)
        pauses = [(a, b) for a, b in pairwise(lecture.spans[5:40]) if b.start_s - a.end_s > 1.0]
        assert pauses
        for before, after in pauses:
            lecture.add(before.end_s, after.start_s, -15)
        lecture.add(lecture.spans[45].start_s, lecture.spans[52].end_s, -19)
        found += lecture.found()
    assert len(found) <= 2, "of 480"


def test_a_jingle_over_one_sentence_is_no_emphasis() -> None:
    """The pauses beside it are as loud."""
    lecture = Lecture(0)
    after = next(i for i in range(10, 50) if lecture.spans[i + 1].start_s - lecture.spans[i].end_s > 1.0)
    lecture.add(lecture.spans[after].start_s, lecture.spans[after + 1].start_s, -19)
    assert lecture.found() == []
    lecture = Lecture(0)
    lecture.amplify(lecture.spans[after].start_s, lecture.spans[after].end_s, 7)
    assert lecture.found() == [after]


def test_a_knock_is_no_emphasis() -> None:
    lecture = Lecture(3)
    for span in lecture.spans[5:55:10]:
        lecture.add(span.start_s + 1.0, span.start_s + 1.1, -8)
    assert lecture.found() == []


def test_captions_over_silence_make_nobody_loud() -> None:
    lecture = Lecture(1)
    for i in range(10, 50):
        if i % 3:
            lecture.amplify(lecture.spans[i].start_s, lecture.spans[i].end_s, -45)
    assert lecture.found() == []


@pytest.mark.parametrize("levels", [(), (-20,) * 4, (-96,) * 2000], ids=["none", "ends early", "muted"])
def test_levels_that_do_not_reach_tell_nothing(levels: tuple[int, ...]) -> None:
    lecture = Lecture(0)
    assert loudness_of_voice(lecture.spans, Loudness(0.5, levels)) == [0.0] * len(lecture.spans)
    assert loudness_of_voice([], Loudness(0.5, levels)) == []


def test_louder_alone_or_half_as_much_with_slow_after_a_pause_is_emphasis() -> None:
    """Ten equal sentences of 3 s with a pause before the sixth, which may be slower."""

    def told(raised_db: int, length_s: float, pause_s: float = 0.6) -> bool:
        spans: list[SentenceSpan] = []
        steps: list[int] = []
        for i in range(11):
            start_s = len(steps) / 2
            if i == 5:
                steps += [-60] * round(pause_s * 2)
                start_s += round(pause_s * 2) / 2
            took_s = length_s if i == 5 else 3.0
            steps += [-26 + (raised_db if i == 5 else 0)] * round(took_s * 2)
            spans.append(SentenceSpan(start_s, start_s + took_s, TEXT, 9, (0, 1)))
        marks = emphasised(spans, Loudness(0.5, tuple(steps)))
        assert not any(marks[:5] + marks[6:])
        assert not any(emphasised(spans))
        return marks[5]

    assert told(4, 3.0, pause_s=0.0)
    assert not told(2, 3.0)
    assert told(2, 4.5)
    assert not told(2, 4.5, pause_s=0.0)
    assert not told(0, 4.5)


def test_the_sound_reaches_the_reasons_and_the_importance() -> None:
    lecture = Lecture(2)
    [first, *_] = lecture.raised(6)
    words = tuple(
        Segment(s.start_s, s.end_s, " ".join(["Node"] * (s.words - 1) + [f"{i}."])) for i, s in enumerate(lecture.spans)
    )  # all of the same speed
    request = AnalysisRequest(Transcript("en", "x", "good", words), len(lecture.signal) / RATE_HZ)
    heard = AnalysisRequest(request.transcript, request.duration_s, loudness=lecture.loudness())
    before, after = (run(r, lambda _fraction, _message: None).sentences for r in (request, heard))
    assert "emphasis" not in before[first].reasons
    assert "emphasis" in after[first].reasons
    assert after[first].importance > before[first].importance
