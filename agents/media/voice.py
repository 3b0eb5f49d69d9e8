"""Where somebody speaks: the Silero network that is inside the faster-whisper wheel, run by ONNX Runtime.

It is loaded by path: faster-whisper itself is the speech backend's alone, and takes a second to import. The network
gives a probability of speech for every 32 ms and carries its state along, so a recording of any length goes through it
in blocks, and what stays is four bytes for each 32 ms.
"""

from collections.abc import Sequence
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from agents.errors import DependencyMissing
from agents.media.audio import SAMPLE_RATE_HZ, Samples
from agents.types import TimeRange

WINDOW = 512
CONTEXT = 64  # samples before each window that the network sees as well
WINDOW_S = WINDOW / SAMPLE_RATE_HZ
BLOCK = 512  # windows in one call of the network: 16 s
STATE = (1, 1, 128)
SPEECH = 0.5
NO_SPEECH = 0.35  # speech goes on until the probability falls below this
LEAST_SPEECH_S = 0.1
PADDING_S = 0.06
"""Onsets and last consonants are quieter than what the network is sure of."""
Probabilities = NDArray[np.float32]


class SpeechListener:
    """Takes a recording in chunks of any size, then says where there was speech."""

    def __init__(self) -> None:
        self._session = _network()
        self._state = np.zeros(STATE, np.float32), np.zeros(STATE, np.float32)
        self._context = np.zeros(CONTEXT, np.float32)
        self._pending = np.zeros(0, np.int16)
        self._found: list[Probabilities] = []
        self._frames = 0

    @property
    def duration_s(self) -> float:
        """How much it was given."""
        return self._frames / SAMPLE_RATE_HZ

    def add(self, samples: Samples) -> None:
        """Take the next samples: 16 kHz, mono."""
        self._frames += len(samples)
        held = np.concatenate((self._pending, samples))
        whole = len(held) // WINDOW * WINDOW
        self._pending = held[whole:]
        for start in range(0, whole, BLOCK * WINDOW):
            self._found.append(self._hear(held[start : min(start + BLOCK * WINDOW, whole)]))

    def speech(self, *, min_silence_s: float) -> list[TimeRange]:
        """Where somebody speaks, in order and disjoint; pauses shorter than ``min_silence_s`` are part of it."""
        found = list(self._found)
        if len(self._pending):
            state = self._state
            found.append(self._hear(np.pad(self._pending, (0, WINDOW - len(self._pending)))))
            self._state = state  # more may come
        heard = np.concatenate(found) if found else np.zeros(0, np.float32)
        return speech_ranges(heard.tolist(), self.duration_s, min_silence_s=min_silence_s)

    def _hear(self, samples: Samples) -> Probabilities:
        windows = (samples.astype(np.float32) / 32_768.0).reshape(-1, WINDOW)
        before = np.concatenate((self._context[None], windows[:-1, -CONTEXT:]))
        self._context = windows[-1, -CONTEXT:]
        fed = {"input": np.concatenate((before, windows), axis=1), "h": self._state[0], "c": self._state[1]}
        found, *state = self._session.run(None, fed)
        self._state = (state[0], state[1])
        return np.asarray(found, np.float32).reshape(-1)


def speech_in(samples: Samples, *, min_silence_s: float = 0.3) -> list[TimeRange]:
    """Where somebody speaks in samples that are in memory: 16 kHz, mono; times from their start."""
    listener = SpeechListener()
    listener.add(samples)
    return listener.speech(min_silence_s=min_silence_s)


def speech_ranges(probabilities: Sequence[float], duration_s: float, *, min_silence_s: float) -> list[TimeRange]:
    """Decide: ranges of speech from a probability for every 32 ms.

    Speech begins above 0.5 and goes on until there was no window above 0.35 for ``min_silence_s``, or to the end. What
    is shorter than a tenth of a second is none. Ranges are padded by 60 ms, but never into one another.
    """
    padding_s = min(PADDING_S, min_silence_s / 2)
    found: list[TimeRange] = []
    start, last = -1, -1  # the first and the last window of the speech that is going on
    for index, probability in enumerate([*probabilities, -1.0]):
        ends = probability < 0 or (index - last - 1) * WINDOW_S >= min_silence_s - 2 * padding_s
        if start >= 0 and probability < NO_SPEECH and ends:
            if (last + 1 - start) * WINDOW_S >= LEAST_SPEECH_S:
                begin_s = max(start * WINDOW_S - padding_s, found[-1].end_s if found else 0.0)
                found.append(TimeRange(begin_s, min((last + 1) * WINDOW_S + padding_s, duration_s)))
            start = -1
        if probability > SPEECH and start < 0:
            start = index
        if start >= 0 and probability >= NO_SPEECH:
            last = index
    return _joined(found, min_silence_s)


def _joined(ranges: Sequence[TimeRange], min_silence_s: float) -> list[TimeRange]:
    joined: list[TimeRange] = []
    for each in ranges:
        if joined and each.start_s - joined[-1].end_s < min_silence_s:
            joined[-1] = TimeRange(joined[-1].start_s, each.end_s)
        else:
            joined.append(each)
    return joined


@lru_cache(maxsize=1)
def _network() -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 4
    try:
        return onnxruntime.InferenceSession(str(_model()), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime's own classes derive from Exception only
        raise DependencyMissing("The network that finds speech cannot be loaded. Run `make setup` again.") from error


def _model() -> Path:
    found = find_spec("faster_whisper")
    folders = [Path(place) for place in (found.submodule_search_locations or ())] if found else []
    models = [path for folder in folders for path in sorted((folder / "assets").glob("silero_vad_v*.onnx"))]
    if not models:
        raise DependencyMissing("The mode vad needs faster-whisper 1.2.1 or later. Run `make setup` again.")
    return models[-1]
