"""Cutting long sound at pauses."""

from pathlib import Path

import numpy as np
import pytest

from agents.media.audio import write_wav
from agents.transcript_agent.cuts import Pauses
from agents.transcript_agent.pieces import find_pauses, joined_pieces, read_pieces, spoken_pieces
from agents.types import TimeRange, TranscriptRequest


def pauses(duration_s: float, *levels: list[tuple[float, float]]) -> Pauses:
    made = tuple(tuple(TimeRange(a, b) for a, b in level) for level in levels)
    return Pauses((*made, *[()] * (4 - len(made))), duration_s)


def spans(pieces: list[TimeRange]) -> list[tuple[float, float]]:
    return [(round(piece.start_s, 3), round(piece.end_s, 3)) for piece in pieces]


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (pauses(10), [(0, 10)]),
        (pauses(10, [(0, 10)]), []),
        (pauses(10, [(0, 1), (4, 6), (9, 10)]), [(0.8, 4.2), (5.8, 9.2)]),
        (pauses(10, [(4, 4.2)]), [(0, 4.2), (4.2, 10)]),
        (pauses(0), []),
    ],
)
def test_spoken_pieces(found: Pauses, expected: list[tuple[float, float]]) -> None:
    assert spans(spoken_pieces(found, longest_s=12, padding_s=0.2)) == expected


def test_long_pieces_are_cut_where_it_is_quietest_near_the_middle() -> None:
    found = pauses(20, [], [(1, 1.2)], [(8, 8.4), (14, 14.4)])
    assert spans(spoken_pieces(found, longest_s=12, padding_s=0.2)) == [(0, 8.2), (8.2, 20)]


def test_long_pieces_without_any_quiet_are_halved() -> None:
    assert spans(spoken_pieces(pauses(40), longest_s=12, padding_s=0.2)) == [(0, 10), (10, 20), (20, 30), (30, 40)]


def test_joined_pieces_cover_everything_and_end_in_pauses() -> None:
    found = pauses(1000, [(290, 292), (320, 330), (650, 660)])
    assert spans(joined_pieces(found, target_s=300)) == [(0, 291.25), (291.25, 650.75), (650.75, 1000)]
    assert spans(joined_pieces(pauses(1000), target_s=300)) == [(0, 305), (295, 605), (595, 1000)]
    assert joined_pieces(pauses(0), target_s=300) == []


@pytest.mark.media
def test_pieces_hold_the_samples_of_their_time(tmp_path: Path) -> None:
    rate_hz = 16_000
    ramp = (np.arange(65 * rate_hz) // rate_hz * 100).astype(np.int16)  # each second its own value
    write_wav(ramp, tmp_path / "a.wav")
    wanted = [TimeRange(0.5, 1.0), TimeRange(1.0, 3.0), TimeRange(30.0, 45.5), TimeRange(64.0, 70.0), TimeRange(80, 90)]
    read = list(read_pieces(tmp_path / "a.wav", wanted))
    assert [piece for piece, _ in read] == wanted[:4]
    for piece, samples in read:
        expected = ramp[int(piece.start_s * rate_hz) : int(piece.end_s * rate_hz)]
        assert (samples == expected).all()


@pytest.mark.media
def test_pauses_of_louder_levels_include_those_of_quieter_ones(lectures: Path) -> None:
    request = TranscriptRequest(str(lectures / "switching.mp4"), "pocketsphinx")
    found = find_pauses(request, lambda fraction, message: None, min_silence_ms=200)
    assert found.duration_s == pytest.approx(516, abs=0.1)
    total_s = [sum(pause.duration_s for pause in level) for level in found.levels]
    assert total_s == sorted(total_s)
    assert 50 < len(found.levels[0]) < 300
