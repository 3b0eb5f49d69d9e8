"""Lecture-like recordings whose layouts and slide changes are known, composed by FFmpeg when a test runs."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tests.media_factory import make_media

Box = tuple[int, int, int, int]
RATE = 10


@dataclass(frozen=True)
class Spell:
    """A layout from ``start_s`` to ``end_s``: where the slides and the camera are drawn, ``(x, y, width, height)``."""

    start_s: float
    end_s: float
    screen: Box | None
    camera: Box | None


def made_up_person(folder: Path) -> list[str]:
    """FFmpeg input arguments of an endless camera picture: an unevenly lit wall, and a head and shoulders that sway."""
    width, height, frames = 320, 180, 6 * RATE
    rng = np.random.default_rng(5)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    wall = 120 + 70 * np.exp(-(((x - 60) / 150) ** 2) - ((y - 40) / 120) ** 2) + 25 * np.sin(x / 41 + y / 67)
    raw = bytearray()
    for index in range(frames):
        turn = 2 * np.pi * index / frames
        centre_x, centre_y = 160 + 9 * np.sin(turn), 75 + 4 * np.sin(2 * turn)
        head = ((x - centre_x) / 26) ** 2 + ((y - centre_y) / 34) ** 2
        body = ((x - 160 - 4 * np.sin(turn)) / 75) ** 2 + ((y - 185) / 78) ** 2
        picture = np.where(body < 1, 60 + 30 * x / width + 12 * np.sin(y / 9), wall)
        picture = np.where(head < 1, 190 - 60 * head + 15 * np.sin((x - centre_x) / 5), picture)
        picture += rng.normal(0, 2, picture.shape)
        raw += np.clip(picture, 0, 255).astype(np.uint8).tobytes()
    return ["-stream_loop", "-1", "-i", str(_encoded(folder / "person.mp4", raw, (width, height)))]


def made_up_board(path: Path, seconds: int) -> Path:
    """A dark board full of light writing, and somebody who walks to and fro before it."""
    width, height = 640, 360
    rng = np.random.default_rng(2)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    board = 70 + 8 * np.sin(x / 150) + 6 * np.cos(y / 90) + rng.normal(0, 2, (height, width))
    board[-40:] = 140
    for line in range(8):
        for left in range(120, 600, 28):
            rise = rng.uniform(-0.4, 0.4)
            stroke = (np.abs(y - (40 + line * 32 + rise * (x - left))) < 1.3) & (x > left) & (x < left + 17)
            board[stroke] = 215
    raw = bytearray()
    for index in range(seconds * RATE):
        centre = 110 + 60 * np.sin(index / 25)
        body = ((x - centre) / 45) ** 2 + ((y - 330) / 110) ** 2
        head = ((x - centre) / 26) ** 2 + ((y - 200) / 28) ** 2
        picture = np.where(head < 1, 170 - 30 * head, np.where(body < 1, 40, board))
        raw += np.clip(picture + rng.normal(0, 1.5, picture.shape), 0, 255).astype(np.uint8).tobytes()
    return _encoded(path, raw, (width, height))


def _encoded(path: Path, raw: bytearray, size: tuple[int, int]) -> Path:
    source = path.with_suffix(".raw")
    source.write_bytes(raw)
    shape = ("-f", "rawvideo", "-pixel_format", "gray", "-video_size", f"{size[0]}x{size[1]}", "-framerate", str(RATE))
    return make_media(path, *shape, "-i", str(source), "-pix_fmt", "yuv420p")


def slide_boxes(screen: Box, changes_s: Sequence[float], end_s: float, ink: str, first: int) -> list[str]:
    """``drawbox`` filters: words and a chart, other ones after each change; the ``first`` slide's number."""
    x0, y0, width, height = screen
    boxes = []
    for number, (start_s, stop_s) in enumerate(zip(changes_s, [*changes_s[1:], end_s], strict=True), first):
        rng = random.Random(number)
        when = f"enable='between(t,{start_s},{stop_s - 0.001})'"
        for line in range(5):
            y = y0 + height * (0.12 + 0.14 * line)
            x = x0 + width * 0.06
            for _ in range(rng.randint(1, 5)):
                word = width * rng.uniform(0.03, 0.1)
                boxes.append(f"drawbox={x:.0f}:{y:.0f}:{word:.0f}:{height * 0.035:.0f}:{ink}:fill:{when}")
                x += word + width * 0.015
        for bar in range(4):
            tall = height * rng.uniform(0.1, 0.5)
            x, y = x0 + width * (0.62 + 0.07 * bar), y0 + height * 0.8 - tall
            boxes.append(f"drawbox={x:.0f}:{y:.0f}:{width * 0.05:.0f}:{tall:.0f}:{ink}:2:{when}")
    return boxes


def compose(
    path: Path,
    spells: Sequence[Spell],
    *,
    size: tuple[int, int] = (640, 360),
    changes_s: Sequence[float] = (0.0,),
    camera: Sequence[str] = (),
    paper: str = "0xf4f6f0",
    ink: str = "0x202428",
    canvas: str = "black",
    extra: str = "",
    encoder: Sequence[str] = ("-preset", "ultrafast", "-crf", "24"),
) -> Path:
    """Draw the spells over a ``canvas``; ``extra`` are more filters at the end."""
    end_s = spells[-1].end_s
    steps = []
    for spell in spells:
        if spell.screen:
            x, y, width, height = spell.screen
            when = f"enable='between(t,{spell.start_s},{spell.end_s - 0.001})'"
            steps.append(f"drawbox={x}:{y}:{width}:{height}:{paper}:fill:{when}")
            inside = [max(c, spell.start_s) for c in changes_s if c < spell.end_s]
            starts = [c for c, after in zip(inside, [*inside[1:], spell.end_s], strict=True) if after > spell.start_s]
            first = len(inside) - len(starts)
            steps += slide_boxes(spell.screen, starts, spell.end_s, ink, first)
    graph = [f"[0:v]{','.join(steps) or 'null'}[base0]"]
    shown = [spell for spell in spells if spell.camera]
    if shown:
        graph.append(
            f"[1:v]fps={RATE},format=yuv444p,split={len(shown)}" + "".join(f"[c{i}]" for i in range(len(shown)))
        )
    for index, spell in enumerate(shown):
        assert spell.camera
        x, y, width, height = spell.camera
        when = f"enable='between(t,{spell.start_s},{spell.end_s - 0.001})'"
        graph.append(
            f"[c{index}]scale={width}:{height}:force_original_aspect_ratio=increase,crop={width}:{height}[s{index}]"
        )
        graph.append(f"[base{index}][s{index}]overlay={x}:{y}:{when}[base{index + 1}]")
    graph.append(f"[base{len(shown)}]{extra or 'null'}[out]")
    canvas_source = f"color={canvas}:s={size[0]}x{size[1]}:r={RATE}:d={end_s},format=yuv444p"
    inputs = ["-f", "lavfi", "-i", canvas_source, *(camera if shown else ())]
    arguments = [*inputs, "-filter_complex", ";".join(graph), "-map", "[out]", "-t", str(end_s)]
    return make_media(path, *arguments, "-c:v", "libx264", *encoder, "-pix_fmt", "yuv420p")
