"""The backend ``mlx``: Whisper on Apple's processors through mlx-whisper, an extra; the model is a local folder."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agents.errors import ModelUnavailable
from agents.transcript_agent.guards import Line
from agents.transcript_agent.piecewise import Sound, library, model_path, piecewise
from agents.types import Report, Transcript, TranscriptRequest, Word


def transcribe(request: TranscriptRequest, report: Report) -> Transcript:
    """Words with times and language. Raises DependencyMissing, ModelUnavailable, NoAudio and what decoding raises."""
    report(0.0, "Loading the speech model")
    return piecewise(request, report, MlxWhisper(request))


class MlxWhisper:
    """See Recogniser. The library keeps the model that it loaded last."""

    def __init__(self, request: TranscriptRequest) -> None:
        self._library = library("mlx_whisper", "mlx")
        self._folder = model_path(request, "LECTERN_MLX_MODEL_DIR")
        if not (Path(self._folder) / "config.json").is_file():  # else the library asks the hub for it
            raise ModelUnavailable("LECTERN_MLX_MODEL_DIR names no folder with an MLX Whisper model (config.json).")

    def languages(self, sound: Sound) -> Mapping[str, float]:
        """See Recogniser. The library does not tell how sure it is, so each window has one voice."""
        return {str(self._run(sound, None, None, words=False)["language"]): 1.0}

    def hear(self, sound: Sound, language: str | None, hints: str | None) -> list[Line]:
        """See Recogniser."""
        return [_line(segment) for segment in self._run(sound, language, hints, words=True)["segments"]]

    def _run(self, sound: Sound, language: str | None, hints: str | None, *, words: bool) -> dict[str, Any]:
        found: dict[str, Any] = self._library.transcribe(
            sound,
            path_or_hf_repo=self._folder,
            language=language,
            initial_prompt=hints,
            word_timestamps=words,
            condition_on_previous_text=False,  # one misheard window must not become a loop
            verbose=None,
        )
        return found


def _line(segment: dict[str, Any]) -> Line:
    words = tuple(
        Word(float(word["start"]), float(word["end"]), str(word["word"]), round(float(word["probability"]), 3))
        for word in segment.get("words", ())
        if str(word["word"]).strip()
    )
    return Line(
        words[0].start_s if words else float(segment["start"]),
        words[-1].end_s if words else float(segment["end"]),
        words,
        float(segment["no_speech_prob"]),
        float(segment["avg_logprob"]),
    )
