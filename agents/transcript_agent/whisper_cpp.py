"""The backend ``whisper-cpp``: whisper.cpp through pywhispercpp, an extra; the operator names the model file."""

import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agents.errors import ModelUnavailable
from agents.transcript_agent.guards import Line
from agents.transcript_agent.piecewise import Sound, library, model_path, piecewise
from agents.transcript_agent.sentences import SENTENCE_PAUSE_S, ends_sentence
from agents.types import Report, Transcript, TranscriptRequest, Word

MAGIC = b"lmgg"
TICKS_PER_S = 100.0
UNSPACED = frozenset({"zh", "ja", "th", "lo", "my", "km", "yue"})


def transcribe(request: TranscriptRequest, report: Report) -> Transcript:
    """Words with times and language. Raises DependencyMissing, ModelUnavailable, NoAudio and what decoding raises."""
    report(0.0, "Loading the speech model")
    return piecewise(request, report, WhisperCpp(request))


class WhisperCpp:
    """See Recogniser."""

    def __init__(self, request: TranscriptRequest) -> None:
        made = library("pywhispercpp.model", "whisper-cpp")
        path = model_path(request, "LECTERN_WHISPER_CPP_MODEL")
        threads = request.threads or _processors()
        _check(Path(path))
        try:
            self._model: Any = made.Model(
                path, redirect_whispercpp_logs_to=None, n_threads=threads, print_progress=False, print_realtime=False
            )
        except Exception as error:  # the binding raises what C++ does
            raise ModelUnavailable(f"The model of whisper.cpp could not be loaded ({type(error).__name__}).") from error

    def languages(self, sound: Sound) -> Mapping[str, float]:
        """See Recogniser."""
        _, found = self._model.auto_detect_language(sound)
        return {str(code): float(probability) for code, probability in found.items()}

    def hear(self, sound: Sound, language: str | None, hints: str | None) -> list[Line]:
        """See Recogniser. One segment of the library is a word here, so that each has times of its own."""
        found = self._model.transcribe(
            sound,
            language=language or "auto",
            initial_prompt=hints or "",
            carry_initial_prompt=bool(hints),
            no_context=True,  # one misheard window must not become a loop
            token_timestamps=True,
            max_len=1,
            split_on_word=True,
            extract_probability=True,
        )
        space = "" if language in UNSPACED else " "
        words = [
            Word(each.t0 / TICKS_PER_S, each.t1 / TICKS_PER_S, space + each.text, _confidence(each.probability))
            for each in found
            if each.text.strip()
        ]
        return as_lines(words)


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)


def _check(path: Path) -> None:
    """Raises ModelUnavailable where the file is no model: the binding would crash on it later."""
    try:
        with path.open("rb") as opened:
            magic = opened.read(len(MAGIC))
    except OSError:
        magic = b""
    if magic != MAGIC:
        raise ModelUnavailable("LECTERN_WHISPER_CPP_MODEL names no model file of whisper.cpp (ggml-….bin).")


def as_lines(words: list[Word]) -> list[Line]:
    """Words in sentences, for the guards: what the library held together is lost where each word is a segment."""
    groups: list[list[Word]] = []
    for word in words:
        last = groups[-1][-1] if groups else None
        if last is None or ends_sentence(last.text) or word.start_s - last.end_s >= SENTENCE_PAUSE_S:
            groups.append([])
        groups[-1].append(word)
    return [Line(group[0].start_s, group[-1].end_s, tuple(group)) for group in groups]


def _confidence(probability: float) -> float | None:
    return round(min(max(probability, 0.0), 1.0), 3) if math.isfinite(probability) else None
