"""What optional backends have in common: pieces of some minutes, the vote on the language, the guards, the seams."""

from collections import Counter
from collections.abc import Mapping
from importlib import import_module
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from agents.errors import DependencyMissing, ModelUnavailable, NoAudio
from agents.media.audio import Samples
from agents.media.probe import probe
from agents.media.voice import speech_in
from agents.transcript_agent.backend import NO_SPEECH
from agents.transcript_agent.guards import Line, Reason, believable
from agents.transcript_agent.hints import joined_hints
from agents.transcript_agent.language import UNKNOWN, short_code
from agents.transcript_agent.language_votes import elected, listening_windows
from agents.transcript_agent.pieces import clock, find_pauses, joined_pieces, read_pieces
from agents.transcript_agent.seams import append_words
from agents.transcript_agent.sentences import punctuated
from agents.types import Report, TimeRange, Transcript, TranscriptRequest, Word

PIECE_S = 300.0
MIN_SILENCE_MS = 300
HINT_CHARS = 400
Sound = NDArray[np.float32]


class Recogniser(Protocol):
    """A loaded model. Sound is 16 kHz mono, -1..1; times are seconds from its start."""

    def languages(self, sound: Sound) -> Mapping[str, float]:
        """Probabilities of languages by code, for up to 30 s."""

    def hear(self, sound: Sound, language: str | None, hints: str | None) -> list[Line]:
        """What is said, in order, words with their leading spaces."""


def library(module: str, extra: str) -> Any:
    """An optional library. Raises DependencyMissing with the command that installs it."""
    try:
        return import_module(module)
    except ImportError as error:
        raise DependencyMissing(
            f"This backend needs the extra {extra}. Install it with: pip install 'lectern[{extra}]'"
        ) from error


def model_path(request: TranscriptRequest, setting: str) -> str:
    """Where the request says that the model is. Raises ModelUnavailable."""
    if not request.model_dir:
        raise ModelUnavailable(f"No model is configured for {request.backend}: set {setting}.")
    return request.model_dir


def piecewise(request: TranscriptRequest, report: Report, model: Recogniser) -> Transcript:
    """The transcript of what is asked for. Raises NoAudio and what decoding raises."""
    info = probe(request.media)
    if info.audio is None:
        raise NoAudio("The file has no audio stream, so there is nothing to transcribe.")
    language, probability = short_code(request.language), None
    if language is None:
        report(0.0, "Listening for the language")
        windows = listening_windows(request.media, request.duration_s or info.duration_s)
        language, probability = elected([model.languages(_sound(samples)) for samples in windows])
    pauses = find_pauses(request, report, min_silence_ms=MIN_SILENCE_MS)
    hints = joined_hints(request.hints, HINT_CHARS)
    words: list[Word] = []
    dropped: Counter[Reason] = Counter()
    heard_to_s = pauses.start_s
    for piece, samples in read_pieces(request.media, joined_pieces(pauses, target_s=PIECE_S), pauses.from_s):
        done = (piece.start_s - pauses.start_s) / (pauses.duration_s - pauses.start_s)
        report(done, f"Recognising speech, {clock(piece.start_s)} of {clock(pauses.duration_s)}")
        speech = speech_in(samples)
        lines = model.hear(_sound(samples), language, hints) if speech else []
        kept, out = believable(lines, speech)
        dropped += out
        append_words(words, _placed(kept, piece), TimeRange(piece.start_s, heard_to_s))
        heard_to_s = piece.end_s
    segments = tuple(punctuated(words))
    report(1.0, f"{len(words)} words recognised")
    return Transcript(
        language=language or UNKNOWN,
        backend=request.backend,
        quality="good",
        segments=segments,
        warnings=() if segments else (NO_SPEECH,),
        language_probability=probability if segments else None,
        dropped={str(reason): count for reason, count in dropped.items()},
    )


def _placed(lines: list[Line], piece: TimeRange) -> list[Word]:
    """Words in the recording's times, inside the piece, none before the one before it has ended."""
    placed: list[Word] = []
    after_s = piece.start_s
    for word in (word for line in lines for word in line.words):
        start_s = round(max(min(piece.start_s + word.start_s, piece.end_s), after_s), 3)
        after_s = round(max(min(piece.start_s + word.end_s, piece.end_s), start_s), 3)
        placed.append(Word(start_s, after_s, word.text, word.confidence))
    return placed


def _sound(samples: Samples) -> Sound:
    return samples.astype(np.float32) / 32_768.0
