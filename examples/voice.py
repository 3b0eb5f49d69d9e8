"""The lecture's sound: sentences spoken by espeak-ng, placed on the timeline in a quiet room, at -18 LUFS."""

import re
import shutil
import subprocess
import tempfile
import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from agents.media.ffmpeg import run
from examples.narration import LINES, Timeline

RATE_HZ = 22050  # what espeak-ng synthesises
LOUDNESS_LUFS = -18.0
ROOM_NOISE_DBFS = -60.0
VOICE = ("-v", "en-us", "-s", "158", "-p", "40", "-g", "1")
HOW_TO_GET_ESPEAK = "espeak-ng is missing. Install it: `sudo apt-get install espeak-ng` or `brew install espeak-ng`."

Samples = NDArray[np.float32]  # mono, -1..1


def speak() -> list[Samples]:
    """Each line's speech, without silence around it."""
    program = shutil.which("espeak-ng")
    if program is None:
        raise SystemExit(HOW_TO_GET_ESPEAK)
    takes = []
    with tempfile.TemporaryDirectory() as folder:
        for number, line in enumerate(LINES):
            path = Path(folder) / f"{number}.wav"
            subprocess.run([program, *VOICE, "-w", str(path), line.text], check=True)
            takes.append(_trimmed(_read(path)))
    return takes


def mix(takes: list[Samples], times: Timeline, path: Path) -> Samples:
    """Write the finished sound to ``path`` (WAV) and return the dry speech on the timeline, for the mouth."""
    speech = np.zeros(round(times.duration_s * RATE_HZ), np.float32)
    for take, (start_s, _) in zip(takes, times.spoken, strict=True):
        at = round(start_s * RATE_HZ)
        speech[at : at + len(take)] = take
    with tempfile.TemporaryDirectory() as folder:
        dry, wet = Path(folder) / "dry.wav", Path(folder) / "wet.wav"
        _write(dry, speech)
        # Soften the synthesiser's buzz, add a little warmth and the first reflections of a small room.
        tone = "highpass=f=70,bass=g=2.5:f=180,equalizer=f=3300:t=q:w=1.2:g=-3,treble=g=-5:f=6000,"
        run(["-i", str(dry), "-af", tone + "aecho=1:0.85:19|31:0.10|0.06", "-ar", str(RATE_HZ), str(wet)])
        shaped = _read(wet)[: len(speech)]
        gain_db, finished = 0.0, shaped
        for _ in range(3):  # the limiter takes a little loudness away, so aim again
            _write(wet, finished)
            gain_db += LOUDNESS_LUFS - _loudness_lufs(wet)
            finished = _limited(shaped * 10 ** (gain_db / 20)) + _room(len(shaped))
    _write(path, finished)
    return speech


def spoken_intervals(takes: list[Samples], times: Timeline, longest_gap_s: float = 0.25) -> list[tuple[float, float]]:
    """Where somebody speaks (seconds): each sentence, split where it pauses for longer than ``longest_gap_s``."""
    intervals = []
    for take, (start_s, end_s) in zip(takes, times.spoken, strict=True):
        loud = np.flatnonzero(np.abs(take) > 0.01)
        breaks = np.flatnonzero(np.diff(loud) > longest_gap_s * RATE_HZ)
        begins = [start_s, *(start_s + float(loud[index + 1]) / RATE_HZ for index in breaks)]
        ends = [*(start_s + float(loud[index]) / RATE_HZ for index in breaks), end_s]
        intervals += list(zip(begins, ends, strict=True))
    return intervals


def _trimmed(samples: Samples) -> Samples:
    loud = np.flatnonzero(np.abs(samples) > 0.004)
    return samples[loud[0] : loud[-1] + 1]


def _limited(samples: Samples, knee: float = 0.5, top: float = 0.8) -> Samples:
    """Bend what is above ``knee`` smoothly towards ``top`` (-2 dBFS)."""
    over = np.maximum(np.abs(samples) - knee, 0)
    bent = knee + (top - knee) * np.tanh(over / (top - knee))
    return np.where(over > 0, np.sign(samples) * bent, samples).astype(np.float32)


def _room(count: int) -> Samples:
    """Noise that falls towards high frequencies, as that of a ventilated room."""
    generator = np.random.default_rng(7)
    spectrum = np.fft.rfft(generator.standard_normal(count))
    frequency_hz = np.fft.rfftfreq(count, 1 / RATE_HZ)
    noise = np.fft.irfft(spectrum / np.sqrt(1 + (frequency_hz / 300) ** 2), count)
    noise *= 10 ** (ROOM_NOISE_DBFS / 20) / np.sqrt(np.mean(noise**2))
    return np.asarray(noise, np.float32)


def _loudness_lufs(path: Path) -> float:
    log = run(["-i", str(path), "-af", "ebur128", "-f", "null", "-"])
    return float(re.findall(r"I:\s+(-?[\d.]+) LUFS", log)[-1])


def _read(path: Path) -> Samples:
    with wave.open(str(path)) as sound:
        data = sound.readframes(sound.getnframes())
    return np.asarray(np.frombuffer(data, "<i2") / 32768, np.float32)


def _write(path: Path, samples: Samples) -> None:
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE_HZ)
        sound.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
