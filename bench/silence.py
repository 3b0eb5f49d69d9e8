"""Silence detection against pydub, on the same PCM of a real recording with the same answer."""

import os
import warnings
from pathlib import Path

import numpy as np

from agents.media.audio import SAMPLE_RATE_HZ, pcm_chunks
from agents.media.energy import detect
from bench import silence_speech
from bench.table import Row, median_s

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # pydub's own: old regular expressions, audioop, no ffmpeg on the PATH
    from pydub import AudioSegment
    from pydub.silence import detect_silence

SHARED_DATA = Path(os.environ.get("LECTERN_SHARED_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
PIECE_S = 180
MIN_SILENCE_MS = 500
THRESHOLD_DBFS = -40.0
SEEK_STEP_MS = 1
TARGET = 90


def rows() -> list[Row]:
    """Three minutes of a lecture, a window at every millisecond, without decoding; then how right both modes are.

    No row where the shared recordings are absent.
    """
    lecture = SHARED_DATA / "lectures" / "switching.mp4"
    if not lecture.is_file():
        return []
    chunks = list(pcm_chunks(lecture, duration_s=PIECE_S))
    samples = np.concatenate(chunks)
    segment = AudioSegment(data=samples.tobytes(), sample_width=2, frame_rate=SAMPLE_RATE_HZ, channels=1)

    def ours() -> list[tuple[int, int]]:
        return detect(samples, SAMPLE_RATE_HZ, MIN_SILENCE_MS, THRESHOLD_DBFS, SEEK_STEP_MS)

    def theirs() -> list[tuple[int, int]]:
        return [(a, b) for a, b in detect_silence(segment, MIN_SILENCE_MS, THRESHOLD_DBFS, SEEK_STEP_MS)]

    same = ours() == theirs()
    ours_s, peer_s = median_s(ours), median_s(theirs)
    ratio = peer_s / ours_s
    return [
        Row(
            "silence detection",
            ours_s,
            "pydub.silence.detect_silence",
            peer_s,
            ratio,
            target=f">= {TARGET}",
            met=ratio >= TARGET and same,
            note="same answer" if same else "the answers differ",
        ),
        *silence_speech.rows(),
    ]
