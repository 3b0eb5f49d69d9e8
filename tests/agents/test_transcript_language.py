"""The vote on the language: where the windows are, which of them have a voice, and who is elected."""

import itertools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.media.audio import SAMPLE_RATE_HZ, decode, write_wav
from agents.transcript_agent.language import NAMES, short_code
from agents.transcript_agent.language_votes import VOTERS, WINDOW_S, elected, listening_windows, window_starts


@given(st.floats(0.1, 30_000))
def test_windows_are_spread_over_the_recording(duration_s: float) -> None:
    starts = window_starts(duration_s)
    assert 1 <= len(starts) <= VOTERS
    assert all(start >= 0 for start in starts)
    assert starts[-1] + min(WINDOW_S, duration_s) <= duration_s + 1e-6
    assert all(b - a >= WINDOW_S - 1e-6 for a, b in itertools.pairwise(starts))


@pytest.mark.parametrize(
    ("votes", "expected"),
    [
        ([], (None, None)),
        ([{"en": 0.7, "de": 0.3}], ("en", 0.7)),
        ([{"fr": 0.9, "en": 0.1}, {"en": 0.8, "fr": 0.1}, {"en": 0.9}], ("en", 0.6)),  # a greeting in French
        ([{"cy": 0.35, "en": 0.3}, {"nn": 0.4, "en": 0.35}, {"en": 0.6}], ("en", 0.4167)),
        ([{"en": 1.0}, {"en": 1.0000001}], ("en", 1.0)),
    ],
)
def test_who_is_elected(votes: list[dict[str, float]], expected: tuple[str | None, float | None]) -> None:
    assert elected(votes) == expected


@pytest.mark.media
def test_windows_without_a_voice_do_not_vote(shared_data: Path, tmp_path: Path) -> None:
    """A minute of music, then half a minute of speech."""
    spoken = decode(shared_data / "speech" / "faster-whisper" / "jfk.flac")
    time_s = np.arange(60 * SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ
    music = 6000 * np.sin(2 * np.pi * 330 * time_s) * np.exp(-2 * (time_s % 0.5))
    sound = np.concatenate((music.astype(np.int16), spoken, spoken, spoken))
    write_wav(sound, tmp_path / "a.wav")
    duration_s = len(sound) / SAMPLE_RATE_HZ
    assert len(window_starts(duration_s)) == 3
    (heard,) = listening_windows(tmp_path / "a.wav", duration_s)
    assert len(heard) == WINDOW_S * SAMPLE_RATE_HZ


@pytest.mark.parametrize(
    ("tag", "code"),
    [("english", "en"), ("English", "en"), ("deu", "de"), ("pt-BR", "pt"), ("yue", "yue"), ("und", None), ("", None)],
)
def test_codes(tag: str, code: str | None) -> None:
    assert short_code(tag) == code


def test_names_have_codes_of_two_letters() -> None:
    assert all(len(code) == 2 for code in NAMES.values())
