"""Recordings whose every frame says its own number, and how to read that number back."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from agents.media.audio import write_wav
from agents.media.frames import frames_between
from agents.types import ClipLayout, CompileRequest, PlannedClip, PlanSettings, RenderedClip, Segment, TimeRange
from agents.video_compiler.compiler import run
from tests.media_factory import make_media

WIDTH, HEIGHT = 320, 180
BITS = 10
RATE_HZ = 48_000

# The frame number stands in the middle band, so that flashes and captions leave it alone.
CODE_TOP, CODE_BOTTOM = 60, 100


def barcode_frame(number: int) -> NDArray[np.uint8]:
    """A grey picture with ``BITS`` blocks, most significant first."""
    frame = np.full((HEIGHT, WIDTH), 90, dtype=np.uint8)
    for bit in range(BITS):
        value = 235 if number >> (BITS - 1 - bit) & 1 else 16
        frame[CODE_TOP:CODE_BOTTOM, bit * WIDTH // BITS : (bit + 1) * WIDTH // BITS] = value
    return frame


def read_barcode(picture: NDArray[np.uint8]) -> int:
    row = picture[CODE_TOP + 10 : CODE_BOTTOM - 10]
    blocks = [row[:, b * WIDTH // BITS + 8 : (b + 1) * WIDTH // BITS - 8].mean() > 126 for b in range(BITS)]
    return int("".join("1" if block else "0" for block in blocks), 2)


def frame_numbers(clip: Path) -> list[int]:
    return [read_barcode(shot.picture) for shot in frames_between(clip, 0.0, 1e9, grey=True)]


def raw_frames(path: Path, frames: Iterable[NDArray[np.uint8]]) -> Path:
    with path.open("wb") as out:
        for frame in frames:
            out.write(frame.tobytes())
    return path


def raw_input(path: Path, rate: str) -> list[str]:
    return ["-f", "rawvideo", "-pix_fmt", "gray", "-s", f"{WIDTH}x{HEIGHT}", "-r", rate, "-i", str(path)]


def barcode_video(path: Path, *, rate: str = "25", frames: int = 250, sound_s: float | None = None) -> Path:
    """A steady recording with a keyframe each two seconds, and a quiet tone of ``sound_s`` (default: as long)."""
    raw = raw_frames(path.with_suffix(".gray"), (barcode_frame(n) for n in range(frames)))
    numerator, _, denominator = rate.partition("/")
    length_s = sound_s if sound_s is not None else frames * int(denominator or 1) / int(numerator)
    tone = ["-f", "lavfi", "-i", f"sine=frequency=300:sample_rate={RATE_HZ}:duration={length_s}"]
    codecs = ["-c:v", "libx264", "-preset", "ultrafast", "-crf", "20", "-g", "50", "-pix_fmt", "yuv420p", "-c:a", "aac"]
    return make_media(path, *raw_input(raw, rate), *tone, *codecs)


def flash_and_beep(path: Path, times_s: Sequence[float], *, duration_s: float, rate: int = 25) -> Path:
    """White top and a 1 kHz beep of 60 ms at each time; the barcode stays readable."""

    def frames() -> Iterable[NDArray[np.uint8]]:
        for n in range(round(duration_s * rate)):
            frame = barcode_frame(n)
            if any(t <= n / rate + 1e-6 < t + 0.08 for t in times_s):
                frame[:40] = 235
            yield frame

    sound = np.zeros(round(duration_s * RATE_HZ), dtype=np.int16)
    beep = (12_000 * np.sin(2 * np.pi * 1000 * np.arange(round(0.06 * RATE_HZ)) / RATE_HZ)).astype(np.int16)
    for t in times_s:
        at = round(t * RATE_HZ)
        sound[at : at + len(beep)] = beep
    raw = raw_frames(path.with_suffix(".gray"), frames())
    wav = path.with_suffix(".wav")
    write_wav(sound, wav, rate_hz=RATE_HZ)
    codecs = ["-c:v", "libx264", "-preset", "ultrafast", "-crf", "20", "-g", "50", "-pix_fmt", "yuv420p", "-c:a", "aac"]
    return make_media(path, *raw_input(raw, str(rate)), "-i", str(wav), *codecs)


def request(
    media: Path,
    out_dir: Path,
    *keep: tuple[float, float],
    layout: tuple[ClipLayout, ...] = (),
    segments: tuple[Segment, ...] = (),
    settings: PlanSettings | None = None,
    **options: str,
) -> CompileRequest:
    """A request to render ``keep`` of ``media``; the output folder is made."""
    out_dir.mkdir(exist_ok=True)
    ranges = tuple(TimeRange(*pair) for pair in keep)
    clip = PlannedClip(
        1, "A clip", "", ranges[0].start_s, ranges[-1].end_s, ranges, 1.0, {"value": 1.0}, ("recap",), layout
    )
    return CompileRequest(
        str(media),
        clip,
        settings or PlanSettings(),
        str(out_dir),
        segments,
        **options,  # type: ignore[arg-type]  # literals
    )


def render(media: Path, out_dir: Path, *keep: tuple[float, float], **options: object) -> tuple[RenderedClip, Path]:
    """Render and return the answer and the clip's path."""
    result = run(request(media, out_dir, *keep, **options), lambda _fraction, _message: None)  # type: ignore[arg-type]  # as above
    return result, out_dir / result.files[0].path
