"""Make the example lecture: ``python -m examples.make_lecture``, from the project's root.

Draws the slides and the presenter, lets espeak-ng speak, and writes ``lecture.mp4``, ``lecture.vtt`` and
``lecture.gold.json`` beside this file. Nothing is random that is not seeded: the same espeak-ng and FFmpeg
give the same lecture.
"""

import json
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from agents.media.ffmpeg import ffmpeg_binary
from examples import voice
from examples.camera import Camera, Motion, motion
from examples.narration import FPS, LAYOUTS, LINES, SIZE, TOPICS, Rect, Span, Timeline, timeline
from examples.slides import draw_slides

HERE = Path(__file__).parent
CROPS: dict[str, Rect] = {
    "picture_in_picture": (160, 78, 960, 540),
    "side_by_side": (363, 72, 554, 648),
    "speaker": (0, 0, *SIZE),
}
STAGE = (24, 32, 46)  # behind the two windows of the side-by-side layout


def frames(times: Timeline, moves: Motion) -> Iterator[NDArray[np.uint8]]:
    """Every video frame in order, RGB 720x1280."""
    slides = draw_slides()
    number = 0
    for span, slide in _scenes(times):
        base = _stage(span.value, slides[slide - 1])
        rect = LAYOUTS[span.value].get("camera")
        camera = Camera(CROPS[span.value], rect) if rect else None
        for number in range(round(span.start_s * FPS), round(span.end_s * FPS)):
            frame = base
            if camera and rect:
                x, y, width, height = rect
                frame = base.copy()
                frame[y : y + height, x : x + width] = camera.film(moves, number)
            yield frame


def _scenes(times: Timeline) -> Iterator[tuple[Span, int]]:
    """Stretches with one layout and one slide."""
    for layout in times.layouts:
        for slide in times.slides:
            start_s, end_s = max(layout.start_s, slide.start_s), min(layout.end_s, slide.end_s)
            if start_s < end_s:
                yield Span(start_s, end_s, layout.value), int(slide.value)


def _stage(layout: str, slide: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The frame without its camera."""
    frame = np.full((SIZE[1], SIZE[0], 3), STAGE, np.uint8)
    if "screen" in LAYOUTS[layout]:
        x, y, width, height = LAYOUTS[layout]["screen"]
        frame[y : y + height, x : x + width] = cv2.resize(slide, (width, height), interpolation=cv2.INTER_AREA)
    return frame


def encode(pictures: Iterator[NDArray[np.uint8]], sound: Path, duration_s: float, out: Path) -> None:
    """H.264 and AAC in an MP4 that starts to play before it is all there."""
    command = [ffmpeg_binary(), "-hide_banner", "-v", "error", "-y"]
    command += ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{SIZE[0]}x{SIZE[1]}", "-r", str(FPS), "-i", "pipe:0"]
    command += ["-i", str(sound), "-map", "0:v", "-map", "1:a"]
    colours = "setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709"
    command += ["-vf", f"scale=out_color_matrix=bt709:out_range=tv,format=yuv420p,{colours}"]
    command += ["-c:v", "libx264", "-preset", "slow", "-crf", "27", "-x264-params", "threads=2:aq-mode=3"]
    command += ["-c:a", "aac", "-b:a", "64k", "-cutoff", "10500", "-ar", "44100", "-ac", "1", "-t", f"{duration_s:.2f}"]
    command += ["-fflags", "+bitexact", "-movflags", "+faststart", str(out)]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as encoder:
        assert encoder.stdin is not None
        for number, picture in enumerate(pictures):
            encoder.stdin.write(picture.tobytes())
            if number % (10 * FPS) == 0:
                print(f"{number / FPS:5.0f} s of {duration_s:.0f} s filmed", file=sys.stderr, flush=True)
        encoder.stdin.close()
    if encoder.returncode:
        raise SystemExit(f"FFmpeg ended with status {encoder.returncode}.")


def captions(times: Timeline) -> str:
    """WebVTT, one cue for each sentence."""
    cues = ["WEBVTT\n"]
    for line, (start_s, end_s) in zip(LINES, times.spoken, strict=True):
        rows = len(line.text) // 50 + 1
        text = textwrap.fill(line.text, len(line.text) // rows + 8)
        cues.append(f"{_stamp(start_s)} --> {_stamp(end_s)}\n{text}\n")
    return "\n".join(cues)


def _stamp(time_s: float) -> str:
    minutes, milliseconds = divmod(round(time_s * 1000), 60_000)
    return f"00:{minutes:02}:{milliseconds // 1000:02}.{milliseconds % 1000:03}"


def gold(times: Timeline, speech: list[tuple[float, float]]) -> dict[str, object]:
    """The truth about the lecture: layouts with ``[x, y, width, height]``, slide changes, topics, speech; seconds."""
    topics = []
    for span in times.slides:
        entries = [index for index, line in enumerate(LINES) if line.slide == int(span.value)]
        topics.append(
            {
                "title": TOPICS[int(span.value)],
                "start": span.start_s,
                "end": span.end_s,
                "entry_range": [entries[0], entries[-1]],
            }
        )
    return {
        "duration": times.duration_s,
        "size": list(SIZE),
        "layouts": [
            {"start": span.start_s, "end": span.end_s, "layout": span.value, **LAYOUTS[span.value]}
            for span in times.layouts
        ],
        "slide_changes": [span.start_s for span in times.slides],
        "fine": topics,
        "speech": [[round(start_s, 3), round(end_s, 3)] for start_s, end_s in speech],
    }


def main() -> None:
    """Write the three files."""
    takes = voice.speak()
    times = timeline([len(take) / voice.RATE_HZ for take in takes])
    with tempfile.TemporaryDirectory() as folder:
        sound = Path(folder) / "sound.wav"
        speech = voice.mix(takes, times, sound)
        moves = motion(speech, voice.RATE_HZ, round(times.duration_s * FPS))
        encode(frames(times, moves), sound, times.duration_s, HERE / "lecture.mp4")
    (HERE / "lecture.vtt").write_text(captions(times), encoding="utf-8")
    truth = json.dumps(gold(times, voice.spoken_intervals(takes, times)), indent=1)
    (HERE / "lecture.gold.json").write_text(truth + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
