"""What MoviePy asks for, and where it puts what it gets, on tables: no media."""

from fractions import Fraction

import numpy as np
import pytest
from numpy.typing import NDArray

from agents.types import TimeRange
from agents.video_compiler.geometry import Part, Scene
from agents.video_compiler.graph import FADE_S
from agents.video_compiler.moviepy_composition import BACKGROUND_RGB, pictures, sound
from agents.video_compiler.moviepy_sources import Picture, Sound
from agents.video_compiler.scenes import SceneRun
from agents.video_compiler.timing import AUDIO_RATE_HZ, Cut, make_cut, sample_at

NTSC = Fraction(30000, 1001)
WIDTH, HEIGHT = 64, 36
WHOLE = (0, 0, WIDTH, HEIGHT)


def cut_of(rate: Fraction, *keep: tuple[float, float], first_frame_s: float = 0.0) -> Cut:
    return make_cut([TimeRange(*pair) for pair in keep], rate, first_frame_s=first_frame_s)


def grid_points(cut: Cut) -> list[int]:
    return [number for kept in cut.ranges for number in range(kept.start, kept.end)]


@pytest.mark.parametrize("rate", [Fraction(25), NTSC, Fraction(60), Fraction(24000, 1001), Fraction(12)])
@pytest.mark.parametrize("first_frame_s", [0.0, 0.217])
def test_every_kept_grid_point_is_asked_for_once_and_in_order(rate: Fraction, first_frame_s: float) -> None:
    """Hours into a recording, over dozens of cuts, where a rounded time would land beside its frame."""
    cut = cut_of(
        rate,
        *((7000 + 0.73 * i, 7000.41 + 0.73 * i) for i in range(40)),
        first_frame_s=first_frame_s,
    )
    middle = cut.frames // 2
    runs = tuple(SceneRun(a, b, Scene((Part(WHOLE, WHOLE),))) for a, b in ((0, middle), (middle, cut.frames)))
    asked: list[int] = []

    def picture_at(number: int) -> Picture:
        asked.append(number)
        return np.full((HEIGHT, WIDTH, 3), number % 251, np.uint8)

    frames = pictures(cut, runs, (WIDTH, HEIGHT), (WIDTH, HEIGHT), picture_at)
    asked.clear()  # MoviePy has looked at the first picture of every clip that it derived
    shown = [int(frame[0, 0, 0]) for frame in frames]
    assert asked == grid_points(cut)
    assert shown == [number % 251 for number in asked]


def test_parts_are_cut_out_scaled_and_put_on_the_background() -> None:
    cut = cut_of(Fraction(25), (1.0, 1.2))
    parts = (
        Part((0, 0, 32, 36), (4, 2, 64, 72)),
        Part((48, 0, 16, 18), (80, 10, 16, 18)),
    )
    source = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    source[:, :32] = (200, 0, 0)
    source[:18, 48:] = (0, 0, 200)
    (*_, frame) = pictures(
        cut,
        (SceneRun(0, 5, Scene(parts)),),
        (100, 80),
        (WIDTH, HEIGHT),
        lambda _number: source,
    )
    assert frame.shape == (80, 100, 3)
    assert tuple(frame[0, 0]) == tuple(frame[79, 99]) == BACKGROUND_RGB
    assert (frame[2:74, 4:68] == (200, 0, 0)).all()
    assert (frame[10:28, 80:96] == (0, 0, 200)).all()


@pytest.mark.parametrize("rate", [Fraction(25), NTSC])
def test_sound_is_where_the_pictures_are(rate: Fraction) -> None:
    """The ramp ``index / 1e7`` says which sample was taken; only fades change it."""
    cut = cut_of(rate, *((100 + 0.9 * i, 100.37 + 0.9 * i) for i in range(40)))
    samples = sample_at(cut.frames, rate)

    def sound_at(indices: NDArray[np.int64]) -> Sound:
        return np.repeat((indices[:, None] + 1) / 1e7, 2, axis=1).astype(np.float32)

    heard = np.concatenate(list(sound(cut, samples, sound_at)))
    assert heard.shape == (samples, 2)
    fade = round(FADE_S * AUDIO_RATE_HZ) + 1
    for kept in cut.ranges:
        begin, end = (
            sample_at(kept.clip_start, rate),
            sample_at(kept.clip_start + kept.frames, rate),
        )
        first = round((kept.start - cut.ranges[0].start) * AUDIO_RATE_HZ / rate)
        taken = heard[begin + fade : end - fade, 0] * 1e7 - 1
        assert np.abs(taken - (first + np.arange(fade, end - begin - fade))).max() <= 1.3  # single precision
    inner = [sample_at(kept.clip_start, rate) for kept in cut.ranges[1:]]
    assert all(np.abs(heard[edge - 2 : edge + 2]).max() < 0.02 * heard[edge + fade, 0] for edge in inner)
