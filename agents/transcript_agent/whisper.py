"""The backend ``faster-whisper``: Whisper on CTranslate2, int8 on the CPU, from a model that is already here.

The child that runs this has no network. It never hands a path to the library: sound comes as an array from
``agents.media``, in pieces of some minutes cut at pauses, so that memory does not grow with the recording.
"""

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from faster_whisper import WhisperModel, download_model
from faster_whisper.transcribe import Segment as WhisperSegment
from numpy.typing import NDArray

from agents.errors import InvalidRequest, ModelUnavailable, NoAudio
from agents.media.audio import Samples
from agents.media.probe import probe
from agents.media.voice import speech_in
from agents.transcript_agent.backend import NO_SPEECH
from agents.transcript_agent.cuts import Pauses
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
"""Hints take up to half of what the model can see of the text; with more of them it begins to say them unasked."""
MODEL_FILES = ("model.bin", "config.json", "tokenizer.json")


def transcribe(request: TranscriptRequest, report: Report) -> Transcript:
    """Words with times, punctuation and language. Raises ModelUnavailable, NoAudio, or InvalidRequest (language)."""
    if probe(request.media).audio is None:
        raise NoAudio("The file has no audio stream, so there is nothing to transcribe.")
    report(0.0, f"Loading the speech model {request.model}")
    model = load(request)
    language = short_code(request.language)
    if language is not None and language not in model.supported_languages:
        raise InvalidRequest(f"The speech model {request.model} does not know the language {request.language!r}.")
    probability: float | None = None
    if language is None:
        language, probability = _heard_language(model, request, report)
    hearing = _Hearing(model, language, joined_hints(request.hints, HINT_CHARS))
    pauses = find_pauses(request, report, min_silence_ms=MIN_SILENCE_MS)
    words: list[Word] = []
    heard_to_s = 0.0
    for piece, samples in read_pieces(request.media, joined_pieces(pauses, target_s=PIECE_S), pauses.from_s):
        spoken = hearing.words(samples, _Progress(report, piece, pauses))
        append_words(words, list(in_order(spoken, piece, piece.start_s)), TimeRange(piece.start_s, heard_to_s))
        heard_to_s = piece.end_s
    segments = tuple(punctuated(words))
    report(1.0, f"{len(words)} words recognised")
    return Transcript(
        language=hearing.language or UNKNOWN,
        backend="faster-whisper",
        quality="good",
        segments=segments,
        warnings=() if segments else (NO_SPEECH,),
        language_probability=probability if segments else None,
        dropped={str(reason): count for reason, count in hearing.dropped.items()},
    )


def load(request: TranscriptRequest) -> WhisperModel:
    """The model from ``model_dir`` (the model's folder, or a folder of models), else from the local cache."""
    folder = find_model(request.model, request.model_dir)
    missing = [name for name in MODEL_FILES if not (folder / name).is_file()]
    if missing:
        raise ModelUnavailable(
            f"The speech model {request.model} is incomplete: {', '.join(missing)} missing. {_pull(request.model)}"
        )
    try:
        return WhisperModel(
            str(folder),
            device="cpu",
            compute_type="int8",
            cpu_threads=request.threads or _processors(),
            local_files_only=True,
        )
    except (RuntimeError, ValueError, OSError) as error:
        raise ModelUnavailable(f"The speech model {request.model} could not be loaded: {error}") from error


def find_model(model: str, model_dir: str | None) -> Path:
    """The folder that holds the model's files, without touching the network. Raises ModelUnavailable."""
    for folder in (Path(model_dir), Path(model_dir) / model) if model_dir else ():
        if (folder / "model.bin").is_file():
            return folder
    if (Path(model) / "model.bin").is_file():
        return Path(model)
    try:
        return Path(download_model(model, local_files_only=True, cache_dir=model_dir))
    except (ValueError, OSError) as error:  # no such name; not in the cache
        raise ModelUnavailable(f"The speech model {model} is not on this machine. {_pull(model)}") from error


def _heard_language(model: WhisperModel, request: TranscriptRequest, report: Report) -> tuple[str | None, float | None]:
    """From windows all over the recording, also where only a span is asked for: all its parts get the same answer.

    None, None where nobody speaks in any of them.
    """
    if not model.model.is_multilingual:
        return "en", None
    votes: list[dict[str, float]] = []
    for samples in listening_windows(request.media, request.duration_s or probe(request.media).duration_s):
        report(0.0, f"Listening for the language, window {len(votes) + 1}")
        votes.append(dict(model.detect_language(_sound(samples))[2]))
    return elected(votes)


class _Hearing:
    """Recognises piece after piece. ``dropped`` counts the lines that nobody seems to have said."""

    def __init__(self, model: WhisperModel, language: str | None, hints: str | None) -> None:
        self._model, self._hints = model, hints
        self.language = language
        self.dropped: Counter[Reason] = Counter()

    def words(self, samples: Samples, note: "_Progress") -> list[Word]:
        """With times from the start of the piece. The first piece where somebody speaks may settle the language."""
        found, info = self._model.transcribe(
            _sound(samples),
            language=self.language,
            word_timestamps=True,
            vad_filter=True,
            hotwords=self._hints,
            condition_on_previous_text=False,  # one misheard window must not become a loop
        )
        lines: list[Line] = []
        for segment in found:
            lines.append(_line(segment))
            note(segment.end)
        kept, dropped = believable(lines, speech_in(samples))
        self.dropped += dropped
        if kept and self.language is None:
            self.language = str(info.language)
        return [word for line in kept for word in line.words]


def _sound(samples: Samples) -> NDArray[np.float32]:
    return samples.astype(np.float32) / 32_768.0


def _line(segment: WhisperSegment) -> Line:
    words = tuple(
        Word(float(word.start), float(word.end), word.word, float(word.probability))
        for word in segment.words or ()
        if word.word.strip()
    )
    return Line(
        words[0].start_s if words else float(segment.start),
        words[-1].end_s if words else float(segment.end),
        words,
        float(segment.no_speech_prob),
        float(segment.avg_logprob),
    )


def in_order(words: list[Word], piece: TimeRange, after_s: float) -> Iterator[Word]:
    """Words of a piece at the recording's time. The aligner may let words overlap a little; these do not."""
    for word in words:
        start_s = round(max(min(piece.start_s + word.start_s, piece.end_s), after_s), 3)
        after_s = round(max(min(piece.start_s + word.end_s, piece.end_s), start_s), 3)
        yield replace(word, start_s=start_s, end_s=after_s, confidence=round(word.confidence or 0.0, 3))


def _pull(model: str) -> str:
    return f"Fetch it with: lectern models pull {model}"


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)


class _Progress:
    """Reports where in the recording the recogniser is; called with seconds from the start of the piece."""

    def __init__(self, report: Report, piece: TimeRange, pauses: Pauses) -> None:
        self._report, self._piece, self._pauses = report, piece, pauses
        self(0.0)

    def __call__(self, time_s: float) -> None:
        at_s, end_s = min(self._piece.start_s + time_s, self._piece.end_s), self._pauses.duration_s
        done = (at_s - self._pauses.start_s) / (end_s - self._pauses.start_s)
        self._report(done, f"Recognising speech, {clock(at_s)} of {clock(end_s)}")
