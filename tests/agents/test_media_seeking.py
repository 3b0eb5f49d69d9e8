"""A part of a recording decoded alone holds the samples of the whole one, wherever its format can be sought in."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from agents.media.audio import SAMPLE_RATE_HZ, Samples, decode, write_wav
from agents.media.energy import detect
from agents.media.seeking import seek_s
from agents.transcript_agent.cuts import Pauses
from agents.transcript_agent.lead_in import LevelTrack
from agents.transcript_agent.pieces import find_pauses, read_pieces
from agents.types import TimeRange, TranscriptRequest
from tests.media_factory import make_media

pytestmark = pytest.mark.media
Options = tuple[str, ...]
Make = Callable[[Path, Path], Path]
LENGTH_S = 28
SPAN = TimeRange(17.37, 25.0)
LATE = TimeRange(26.2, 27.8)
THRESHOLD_DBFS = -45.0
MOVIE = ("-f", "lavfi", "-i", f"testsrc=size=64x64:rate=10:duration={LENGTH_S}")
FILM = ("-vf", "select='lt(mod(n,7),4)'", "-fps_mode", "vfr", "-c:v", "libx264", "-preset", "ultrafast", "-g", "60")
AAC = ("-c:a", "aac", "-aac_pns", "0")
"""Without noise substitution, whose random numbers depend on where a decoder begins."""
GAPS = ("-af", "aselect='not(between(t,4,6.3)+between(t,20,21))'")


def spoken(rate_hz: int) -> Samples:
    """Coloured noise in syllables with pauses between them: nowhere like itself."""
    random = np.random.default_rng(1)
    are_spoken = random.uniform(size=LENGTH_S * 4) > 0.5
    noise = np.convolve(random.normal(size=LENGTH_S * rate_hz), np.exp(-np.arange(40) / 6.0), "same")
    syllables = np.repeat(are_spoken.astype(float), rate_hz // 4 + 1)[: len(noise)]
    loudness = np.convolve(syllables, np.ones(rate_hz // 50) / (rate_hz // 50), "same") + 0.001
    voiced = noise * loudness
    return np.asarray(voiced / np.abs(voiced).max() * 12_000, np.int16)


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sources")
    for rate_hz in (22_050, 44_100, 48_000):
        write_wav(spoken(rate_hz), folder / f"{rate_hz}.wav", rate_hz=rate_hz)
    return folder


TICK = SAMPLE_RATE_HZ // 1000
"""A millisecond, which is what Matroska counts in."""


@pytest.mark.parametrize(
    ("name", "rate_hz", "options", "off"),
    [
        pytest.param("a.wav", 44_100, (), 0, id="wav"),
        pytest.param("a.flac", 44_100, (), 0, id="flac"),
        pytest.param("opus.mp4", 48_000, ("-c:a", "libopus"), 0, id="opus"),
        pytest.param("a.mp3", 44_100, ("-q:a", "4", "-write_xing", "0"), 0, id="mp3 without an index"),
        pytest.param("a.m4a", 44_100, AAC, 0, id="aac"),
        pytest.param("a.aac", 44_100, AAC, 0, id="raw aac"),
        pytest.param("low.m4a", 22_050, AAC, 0, id="a rate of no hundreds"),
        pytest.param("gaps.m4a", 48_000, (*AAC, *GAPS), 0, id="gaps"),
        pytest.param("film.mp4", 44_100, (*FILM, *AAC, "-output_ts_offset", "7.3"), 0, id="a start after zero"),
        pytest.param("live.mp4", 44_100, (*FILM, *AAC, "-movflags", "frag_keyframe+empty_moov"), 0, id="fragments"),
        pytest.param("film.mkv", 48_000, (*FILM, *AAC), TICK, id="matroska"),
        pytest.param("live.webm", 48_000, ("-c:a", "libopus", "-live", "1"), TICK, id="webm without an index"),
    ],
)
def test_it_is_the_same_sound(
    sources: Path, tmp_path: Path, name: str, rate_hz: int, options: Options, off: int
) -> None:
    film = MOVIE if FILM[0] in options else ()
    path = make_media(tmp_path / name, *film, "-i", str(sources / f"{rate_hz}.wav"), *options)
    check(path, off)


def test_it_is_the_same_sound_where_it_begins_late_or_was_cut_off(sources: Path, tmp_path: Path) -> None:
    """The second is a copy whose first packets are hidden by an edit list, and whose pictures begin before zero."""
    sound = ("-itsoffset", "2.5", "-i", str(sources / "44100.wav"))
    check(make_media(tmp_path / "late.mp4", *MOVIE, *sound, *FILM, *AAC))
    cut = ("-ss", "1.37", "-i", str(tmp_path / "late.mp4"), "-c", "copy")
    check(make_media(tmp_path / "cut.mp4", *cut))


def check(path: Path, off: int = 0) -> None:
    """The way of a part against the whole recording, the sound at most ``off`` samples away."""
    whole = decode(path)
    found, part = heard(path, whole)
    assert SPAN.start_s - 20 < found.from_s < SPAN.start_s - 9
    first, end = (round(time_s * SAMPLE_RATE_HZ) for time_s in (SPAN.start_s, SPAN.end_s))
    lag = lag_of(part, whole[first:end])
    assert abs(lag) <= off
    if not off:
        assert np.abs(part.astype(int) - whole[first:end]).max() <= 1
    assert found.duration_s == SPAN.end_s
    expected = detect(whole[:end], SAMPLE_RATE_HZ, 300, THRESHOLD_DBFS, 10)
    inside = [(start_ms, end_ms) for start_ms, end_ms in expected if start_ms >= 1000 * SPAN.start_s]
    pauses = [(each.start_s * 1000, each.end_s * 1000) for each in found.levels[0] if each.start_s >= SPAN.start_s]
    assert len(pauses) == len(inside) > 2
    assert np.array(pauses) == pytest.approx(np.array(inside), abs=10 if off else 0.001)


def heard(path: Path, whole: Samples, span: TimeRange = SPAN) -> tuple[Pauses, Samples]:
    """What a part hears that was cut out of ``whole``."""
    track = LevelTrack()
    track.add(whole)
    lead_in = track.before(span.start_s)
    asked = TranscriptRequest(str(path), "", span=span, threshold_dbfs=THRESHOLD_DBFS, lead_in=lead_in)
    found = find_pauses(asked, lambda _done, _message: None, min_silence_ms=300)
    ((_, part),) = read_pieces(path, [span], found.from_s)
    return found, part


def lag_of(part: Samples, whole: Samples) -> int:
    """By how many samples ``part`` is early, by cross-correlation."""
    spectra = [np.fft.rfft(each.astype(float), 2 * len(whole)) for each in (whole, part)]
    likeness = np.fft.irfft(spectra[0] * np.conj(spectra[1]))
    best = int(np.argmax(likeness))
    return best if best < len(whole) else best - 2 * len(whole)


@pytest.mark.parametrize("name", ["a.ts", "a.avi", "a.ogg", "gap.mkv", "adpcm.wav"])
def test_where_it_might_not_be_it_is_decoded_from_the_beginning(sources: Path, tmp_path: Path, name: str) -> None:
    """Also where no sound is near the place, so that nothing proves that none was missed."""
    gap = ("-af", "aselect='lt(t,4)+gt(t,16)'") if name == "gap.mkv" else ()
    codec = ("-c:a", "adpcm_ima_wav") if name == "adpcm.wav" else ()
    path = make_media(tmp_path / name, "-i", str(sources / "44100.wav"), *gap, *codec)
    assert seek_s(path, SPAN.end_s) == 0.0


def two_in_one(source: Path, target: Path) -> Path:
    """FFmpeg reads the first one, and seeks in the second."""
    both = [make_media(target.with_name(f"{s}.flac"), "-ss", s, "-i", str(source)) for s in ("0", "3")]
    target.write_bytes(b"".join(each.read_bytes() for each in both))
    return target


def jump(source: Path, target: Path) -> Path:
    """70 ms are missing. FFmpeg fills no such hole, so all that follows is early, unless it is sought."""
    return make_media(target, "-i", str(source), "-af", "aselect='not(between(t,9,9.06))'", *AAC)


@pytest.mark.parametrize(("make", "name"), [(two_in_one, "two.flac"), (jump, "jump.m4a")])
def test_a_seek_that_leads_elsewhere_is_found_out(sources: Path, tmp_path: Path, make: Make, name: str) -> None:
    path = make(sources / "44100.wav", tmp_path / name)
    whole = decode(path)
    assert seek_s(path, LATE.start_s) > 0
    found, part = heard(path, whole, LATE)
    assert found.from_s == 0.0
    first, end = (round(time_s * SAMPLE_RATE_HZ) for time_s in (LATE.start_s, LATE.end_s))
    assert (part == whole[first:end]).all()


def test_what_is_near_the_beginning_is_not_sought(sources: Path) -> None:
    assert [seek_s(sources / "44100.wav", start_s) for start_s in (0.0, 10.9, 11.0, 25.5)] == [0.0, 0.0, 1.0, 15.0]
