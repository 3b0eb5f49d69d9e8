"""Sentences that are said louder: found again in lectures where some were raised by a known gain.

``python -m bench emphasis`` prints the table. No corpus at hand says which sentences a lecturer stressed, so the truth
is made: in each lecture video with captions every twelfth sentence, drawn by a seed, is amplified, under a gain that
stays, drifts, or is another for some minutes. Whatever else is found counts as wrong, also what the lecturer himself
says slowly or loudly.
"""

import random
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import median

import numpy as np
from numpy.typing import NDArray

from agents.content_analyzer.emphasis import emphasised
from agents.content_analyzer.sentences import SentenceSpan, build_sentences
from agents.content_analyzer.voice_level import LOUDER_DB, loudness_of_voice
from agents.media.audio import SAMPLE_RATE_HZ, Samples, decode
from agents.media.level_contour import LevelContour
from agents.transcript_agent import run as transcribe
from agents.types import Loudness, TranscriptRequest
from bench.topics import DATA

SEEDS = 5
EVERY = 12
LEAST_WORDS = 5
ENDS = 4
"""Sentences at either end of a lecture that are not raised: what is on one side of them only tells too little."""
RAISED_DB = (4.0, 6.0)
DRIFT_DB, DRIFT_PERIOD_S = 4.0, 240.0
STEP_DB = 8.0


@dataclass(frozen=True)
class Spoken:
    sentences: list[SentenceSpan]
    samples: Samples


Method = Callable[[list[SentenceSpan], Loudness], list[bool]]
Factors = NDArray[np.float32]
Gain = Callable[[int], Factors]


def lectures() -> Iterator[Spoken]:
    """The shared lecture videos that have captions; none without the shared data."""
    for video in sorted((DATA / "lectures").glob("*.mp4")):
        captions = video.with_suffix(".vtt")
        if captions.is_file():
            request = TranscriptRequest(str(video), "captions", captions=str(captions))
            words = transcribe(request, lambda _fraction, _message: None)
            yield Spoken(build_sentences(words.segments), decode(video))


# -- gains, as factors ---------------------------------------------------------------------------------


def _factors(gain_db: NDArray[np.float64]) -> Factors:
    return np.asarray(10 ** (gain_db / 20), np.float32)


def steady(frames: int) -> Factors:
    return np.ones(frames, np.float32)


def drifting(frames: int) -> Factors:
    time_s = np.arange(frames) / SAMPLE_RATE_HZ
    return _factors(DRIFT_DB * np.sin(2 * np.pi * time_s / DRIFT_PERIOD_S))


def stepping(frames: int) -> Factors:
    """The middle third is louder."""
    third = np.arange(frames) * 3 // frames
    return _factors(np.where(third == 1, STEP_DB, 0.0))


GAINS: dict[str, Gain] = {
    "steady": steady,
    f"drifts {2 * DRIFT_DB:.0f} dB in two minutes": drifting,
    f"{STEP_DB:.0f} dB more in the middle third": stepping,
}


# -- methods -------------------------------------------------------------------------------------------


def times_alone(sentences: list[SentenceSpan], _loudness: Loudness) -> list[bool]:
    return emphasised(sentences)


def loudness_alone(sentences: list[SentenceSpan], loudness: Loudness) -> list[bool]:
    louder = loudness_of_voice(sentences, loudness)
    return [x >= 1 and s.length_words >= LEAST_WORDS for x, s in zip(louder, sentences, strict=True)]


def above_median(sentences: list[SentenceSpan], loudness: Loudness) -> list[bool]:
    """Mean level 3 dB above the lecture's median sentence."""
    parts = [
        loudness.levels_dbfs[round(s.start_s / loudness.step_s) : round(s.end_s / loudness.step_s)] or (-96,)
        for s in sentences
    ]
    means = [sum(part) / len(part) for part in parts]
    usual = median(means)
    return [m >= usual + LOUDER_DB and s.length_words >= LEAST_WORDS for m, s in zip(means, sentences, strict=True)]


METHODS: dict[str, Method] = {
    "ours": emphasised,
    "ours, by loudness alone": loudness_alone,
    "ours, by times alone": times_alone,
    "3 dB above the median": above_median,
}


# -- table ---------------------------------------------------------------------------------------------


@dataclass
class Score:
    right: int = 0
    found: int = 0
    raised: int = 0

    def cells(self) -> str:
        precision = self.right / self.found if self.found else 0.0
        return f"{precision:.2f} | {self.right / self.raised:.2f}"


def _raised(spoken: Spoken, seed: int) -> list[int]:
    eligible = [i for i, s in enumerate(spoken.sentences) if s.length_words >= LEAST_WORDS][ENDS:-ENDS]
    return random.Random(seed).sample(eligible, max(len(spoken.sentences) // EVERY, 1))


def _heard(spoken: Spoken, raised: list[int], gain_db: float, gain: Gain) -> Loudness:
    # 12 dB softer first, so that what is raised does not clip.
    signal = spoken.samples.astype(np.float32) * gain(len(spoken.samples)) / 4
    for i in raised:
        start, end = (round(t * SAMPLE_RATE_HZ) for t in (spoken.sentences[i].start_s, spoken.sentences[i].end_s))
        signal[start:end] *= 10 ** (gain_db / 20)
    contour = LevelContour(SAMPLE_RATE_HZ)
    contour.add(np.clip(signal, -32_768, 32_767).astype(np.int16))
    return contour.loudness()


def scores() -> dict[tuple[str, float, str], Score]:
    """By gain, raise and method. Empty without the shared data."""
    found: dict[tuple[str, float, str], Score] = {}
    for spoken in lectures():
        for seed in range(SEEDS):
            raised = _raised(spoken, seed)
            for name, gain in GAINS.items():
                for gain_db in RAISED_DB:
                    loudness = _heard(spoken, raised, gain_db, gain)
                    for method, judge in METHODS.items():
                        told = {i for i, yes in enumerate(judge(spoken.sentences, loudness)) if yes}
                        score = found.setdefault((name, gain_db, method), Score())
                        score.right += len(told & set(raised))
                        score.found += len(told)
                        score.raised += len(raised)
    return found


def table() -> str:
    """The scores as a Markdown table; a sentence where the shared data is absent."""
    found = scores()
    if not found:
        return "Emphasis benchmark left out: needs the shared data folder (LECTERN_SHARED_DATA)."
    lines = [
        "| sentences raised in lectures, gain | raised by, dB | method | precision | recall |",
        "|---|---|---|---|---|",
    ]
    rows = (
        f"| {name} | {gain_db:.0f} | {method} | {score.cells()} |" for (name, gain_db, method), score in found.items()
    )
    return "\n".join([*lines, *rows])


if __name__ == "__main__":
    sys.stdout.write(table() + "\n")
