"""The reel: every frame of every clip, in order, with its sound in its place, each after a card that can be read."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from agents.errors import CorruptMedia, InvalidRequest
from agents.media.audio import pcm_chunks
from agents.media.ffmpeg import run as run_ffmpeg
from agents.media.frames import frame_at, frames_between
from agents.media.joining import off_grid, read_clip
from agents.types import PlanSettings, Reel, ReelRequest, TitleCard
from agents.video_compiler import reel
from agents.video_compiler.loudness import METER, integrated_lufs
from agents.video_compiler.reel_cards import card_seconds
from tests.agents.compiler_media import (
    RATE_HZ,
    barcode_video,
    flash_and_beep,
    frame_numbers,
    read_barcode,
    render,
)
from tests.media_factory import make_media

pytestmark = pytest.mark.media
LONG = "A very long title about the running time of a sort that nobody has ever heard of, " * 5
HOSTILE = "{\\p9}%{localtime}':[x];movie=/etc/passwd,drawtext=text=a\\Nb\\\\h \u202e\u2067\x07 \ud83d\ude00"


def joined(clips: Sequence[Path], out_dir: Path, *titles: str) -> tuple[Reel, Path]:
    out_dir.mkdir()
    named = titles or tuple(f"Clip {n}" for n in range(1, len(clips) + 1))
    cards = tuple(TitleCard(n, len(clips), title, 65.0 * n, 65.0 * n + 30) for n, title in enumerate(named, start=1))
    made = reel.run(ReelRequest(tuple(map(str, clips)), cards, str(out_dir)), lambda _fraction, _message: None)
    assert [path.name for path in out_dir.iterdir()] == [made.file.path], "nothing is left behind"
    return made, out_dir / made.file.path


def heard(path: Path) -> NDArray[np.float64]:
    return np.concatenate(list(pcm_chunks(path, rate_hz=RATE_HZ))).astype(float)


def shift_samples(whole: NDArray[np.float64], part: NDArray[np.float64], start: int) -> int:
    """How many samples later than ``start`` ``part`` is in ``whole``, found by correlation within 50 ms."""
    reach, size = RATE_HZ // 20, min(len(part), RATE_HZ * 2)
    window = whole[start - reach : start + size + reach]
    spectrum = np.fft.rfft(window) * np.conj(np.fft.rfft(part[:size], len(window)))
    return int(np.argmax(np.fft.irfft(spectrum, len(window))[: 2 * reach])) - reach


def test_every_frame_and_its_sound_are_in_their_place(tmp_path: Path) -> None:
    times_s = [0.4, 1.72, 3.4, 4.6, 5.88, 7.72]
    source = flash_and_beep(tmp_path / "s.mp4", times_s, duration_s=9.0)
    clips = [
        render(source, tmp_path / "1", (0.2, 2.0), (3.0, 4.88))[1],
        render(source, tmp_path / "2", (4.2, 8.04))[1],
        render(source, tmp_path / "3", (1.0, 3.8))[1],
    ]
    made, path = joined(clips, tmp_path / "out")
    assert made.encoded == 0, "the cards are as the clips are: nothing is encoded twice"
    assert made.video_duration_s == pytest.approx(made.duration_s, abs=0.001)
    assert made.audio_duration_s == pytest.approx(made.duration_s, abs=0.001)
    shots = list(frames_between(path, 0.0, 1e9, grey=True))
    assert len(shots) == round(made.duration_s * 25)
    assert all(b.time_s - a.time_s == pytest.approx(0.04, abs=0.001) for a, b in pairwise(shots))
    sound = heard(path)
    for clip, entry in zip(clips, made.entries, strict=True):
        first, end = round(entry.start_s * 25), round(entry.end_s * 25)
        assert [read_barcode(shot.picture) for shot in shots[first:end]] == frame_numbers(clip)
        assert entry.start_s - entry.card_start_s >= 2.4
        own = heard(clip)
        assert abs(shift_samples(sound, own, round(entry.start_s * RATE_HZ))) <= 0.003 * RATE_HZ
        card = sound[round(entry.card_start_s * RATE_HZ) + 2048 : round(entry.start_s * RATE_HZ) - 2048]
        assert np.abs(card).max() <= 2, "a card is silent"
    flashes = [n / 25 for n, (a, b) in enumerate(pairwise(shots), start=1) if _top(b.picture) - _top(a.picture) > 60]
    loud = np.flatnonzero(np.abs(sound) > 4000)
    beeps = loud[np.diff(loud, prepend=-RATE_HZ) > RATE_HZ // 5] / RATE_HZ
    inside = [at for at in flashes if any(e.start_s < at < e.end_s - 0.1 for e in made.entries)]
    assert len(inside) == len(beeps) == 9
    assert all(abs(flash - beep) <= 0.020 for flash, beep in zip(inside, beeps, strict=True))


def _top(picture: NDArray[np.uint8]) -> float:
    return float(picture[:30].mean())


@pytest.mark.parametrize("aspect", ["16:9", "9:16", "1:1"])
def test_cards_are_legible_in_every_shape(aspect: str, tmp_path: Path) -> None:
    source = barcode_video(tmp_path / "s.mp4", frames=60)
    settings = PlanSettings(aspect=aspect)  # type: ignore[arg-type]  # as given above
    clips = [render(source, tmp_path / str(n), (0.0, 0.8), settings=settings)[1] for n in (1, 2)]
    made, path = joined(clips, tmp_path / "out", "Heaps", LONG)
    assert made.encoded == 0
    whole = read_clip(clips[0]).video
    assert whole is not None
    for entry in made.entries:
        shot = frame_at(path, entry.card_start_s + 1.0).picture
        assert (shot.shape[1], shot.shape[0]) == whole.size
        grey = shot.max(axis=2).astype(int)
        written = np.argwhere(grey > 120)
        (top, left), (bottom, right) = written.min(axis=0), written.max(axis=0)
        assert left > 0.03 * whole.size[0], "inside the safe area"
        assert right < 0.97 * whole.size[0]
        assert top > 0.03 * whole.size[1]
        assert bottom < 0.97 * whole.size[1]
        assert 0.002 < (grey > 120).mean() < 0.3
        still = frame_at(path, entry.start_s - 0.1).picture
        assert np.abs(still.astype(int) - shot.astype(int)).mean() < 1, "a card stands still to its end"


def test_loudness_is_the_clips(tmp_path: Path) -> None:
    source = barcode_video(tmp_path / "s.mp4", frames=200)
    clips = [render(source, tmp_path / str(n), (0.0, 3.5 + n))[1] for n in (1, 2)]
    _, path = joined(clips, tmp_path / "out")
    found = [integrated_lufs(run_ffmpeg([*_opened(each), "-af", METER, "-f", "null", "-"])) for each in (*clips, path)]
    assert all(abs((each or 0.0) - (found[0] or 0.0)) <= 0.3 for each in found), found


def _opened(path: Path) -> list[str]:
    return ["-i", str(path)]


@pytest.mark.parametrize("rate", ["30000/1001", "15"])
def test_other_rates(rate: str, tmp_path: Path) -> None:
    source = barcode_video(tmp_path / "s.mp4", rate=rate, frames=120)
    clips = [render(source, tmp_path / str(n), (n * 0.5, n * 0.5 + 2.0))[1] for n in (1, 2)]
    made, path = joined(clips, tmp_path / "out")
    assert made.encoded == 0
    written = read_clip(path)
    assert written.video is not None
    assert written.video.rate == read_clip(clips[0]).video.rate  # type: ignore[union-attr]  # rendered with video
    assert frame_numbers(path)[-5:] == frame_numbers(clips[1])[-5:]
    assert made.audio_duration_s == pytest.approx(made.video_duration_s, abs=0.001)


def test_a_clip_set_up_otherwise_is_encoded_once_more(tmp_path: Path) -> None:
    source = barcode_video(tmp_path / "s.mp4", frames=100)
    clips = [render(source, tmp_path / str(n), (n * 0.4, n * 0.4 + 2.0))[1] for n in (1, 2)]
    odd = make_media(
        tmp_path / "odd.mp4",
        *("-i", str(clips[1]), "-c:v", "libx264", "-profile:v", "baseline", "-preset", "ultrafast"),
        *("-crf", "10", "-c:a", "aac", "-ar", "44100", "-ac", "2"),
    )
    made, path = joined([clips[0], odd], tmp_path / "out")
    assert made.encoded == 1
    second = made.entries[1]
    shots = list(frames_between(path, second.start_s - 0.001, second.end_s - 0.001, grey=True))
    assert [read_barcode(shot.picture) for shot in shots] == frame_numbers(clips[1])
    assert made.audio_duration_s == pytest.approx(made.video_duration_s, abs=0.001)


def test_clips_without_a_picture_are_joined_with_pauses(tmp_path: Path) -> None:
    source = make_media(tmp_path / "s.m4a", "-f", "lavfi", "-i", "sine=frequency=440:duration=12", "-c:a", "aac")
    clips = [render(source, tmp_path / str(n), (float(n), n + 3.0))[1] for n in (1, 2)]
    made, path = joined(clips, tmp_path / "out")
    assert (made.file.path, made.file.content_type, made.video_duration_s) == ("reel.m4a", "audio/mp4", None)
    sound = heard(path)
    assert len(sound) / RATE_HZ == pytest.approx(made.duration_s, abs=0.05)
    for entry in made.entries:
        assert entry.start_s - entry.card_start_s == pytest.approx(1.0, abs=0.01)
        pause = sound[round(entry.card_start_s * RATE_HZ) + 3000 : round(entry.start_s * RATE_HZ) - 3000]
        assert np.abs(pause).max() <= 2
        assert np.abs(sound[round(entry.start_s * RATE_HZ) + 3000 :][: 2 * RATE_HZ]).max() > 1000


def test_clips_without_sound(tmp_path: Path) -> None:
    source = make_media(
        tmp_path / "s.mp4", "-i", str(barcode_video(tmp_path / "b.mp4", frames=80)), "-an", "-c", "copy"
    )
    clips = [render(source, tmp_path / str(n), (n * 0.4, n * 0.4 + 1.0))[1] for n in (1, 2)]
    made, path = joined(clips, tmp_path / "out")
    assert made.audio_duration_s is None
    assert frame_numbers(path)[-25:] == frame_numbers(clips[1])


def test_titles_of_others_are_text(tmp_path: Path) -> None:
    source = barcode_video(tmp_path / "s.mp4", frames=40)
    clip = render(source, tmp_path / "1", (0.0, 1.0))[1]
    made, path = joined([clip], tmp_path / "out", HOSTILE.encode("utf-16", "surrogatepass").decode("utf-16"))
    shot = frame_at(path, 1.0).picture
    assert (shot.max(axis=2) > 120).mean() < 0.3, "no override took effect: nothing is drawn but letters"
    assert made.encoded == 0


def test_what_cannot_be_joined_is_refused(tmp_path: Path) -> None:
    source = barcode_video(tmp_path / "s.mp4", frames=40)
    clip = render(source, tmp_path / "1", (0.0, 1.0))[1]
    sound = make_media(tmp_path / "s.m4a", "-f", "lavfi", "-i", "sine=duration=2", "-c:a", "aac")
    with pytest.raises(InvalidRequest, match="all have a picture"):
        joined([clip, sound], tmp_path / "a")
    with pytest.raises(InvalidRequest, match="one card for each"):
        reel.run(ReelRequest((str(clip),), (), str(tmp_path)), lambda _fraction, _message: None)
    empty = tmp_path / "empty.mp4"
    empty.touch()
    with pytest.raises(CorruptMedia):
        joined([empty], tmp_path / "b")


@pytest.mark.parametrize(
    "rate", [Fraction(24000, 1001), 24, 25, Fraction(30000, 1001), 30, 50, Fraction(60000, 1001), 60]
)
def test_a_card_can_always_be_long_enough_for_the_sound_after_it(rate: Fraction | int) -> None:
    """Whatever came before, some length within reach brings the clip's sound within a millisecond of its picture."""
    for before in range(0, 4000, 37):
        start_s = before / Fraction(rate)
        shortest = round(card_seconds("Heaps") * rate)
        lengths = range(shortest, shortest + reel.SPREAD_FRAMES)
        assert min(off_grid(start_s + n / Fraction(rate), Fraction(RATE_HZ)) for n in lengths) <= Fraction(1, 1000)
