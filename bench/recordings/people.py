"""Who is in the camera's picture: drawn presenters, real footage where it is given, and somebody before a board."""

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from agents.media.frames import frames_between
from bench.recordings.decks import Picture, made_up_photo

RATE = 12.5  # pictures kept of footage, per second
KEPT_S = 16.0


class Scenery(Protocol):
    """Anything that shows a picture of the asked size at any time."""

    def at(self, time_s: float, size: tuple[int, int]) -> Picture:
        """BGR, ``size`` is width and height."""
        ...


@dataclass
class DrawnPerson:
    """A head and shoulders that sway before a wall, shelf, blurred picture or green screen; ``lively`` 1 is usual."""

    seed: int
    lively: float = 1.0
    backdrop: str = "wall"
    noise: float = 2.0
    _still: dict[tuple[int, int], Picture] = field(default_factory=dict)

    def at(self, time_s: float, size: tuple[int, int]) -> Picture:
        picture = self.room(size)
        width, height = size
        rng = np.random.default_rng(self.seed)
        skin, shirt = (
            tuple(int(v * rng.uniform(0.5, 1.0)) for v in (150, 175, 225)),
            tuple(int(v) for v in rng.integers(20, 200, 3)),
        )
        sway = self.lively * (np.sin(time_s * 0.9 + self.seed) + 0.5 * np.sin(time_s * 2.3))
        nod = self.lively * np.sin(time_s * 1.7)
        unit = min(height, width * 0.75)
        cx, cy = width * 0.5 + sway * unit * 0.03, height * 0.42 + nod * unit * 0.015
        cv2.ellipse(
            picture,
            (int(width * 0.5 + sway * unit * 0.012), int(height * 0.42 + unit * 0.75)),
            (int(unit * 0.42), int(unit * 0.5)),
            0,
            0,
            360,
            shirt,
            -1,
            cv2.LINE_AA,
        )
        cv2.ellipse(
            picture,
            (int(cx), int(cy + unit * 0.2)),
            (int(unit * 0.07), int(unit * 0.12)),
            0,
            0,
            360,
            tuple(v * 0.8 for v in skin),
            -1,
            cv2.LINE_AA,
        )
        cv2.ellipse(picture, (int(cx), int(cy)), (int(unit * 0.14), int(unit * 0.19)), 0, 0, 360, skin, -1, cv2.LINE_AA)
        hair = (30, 30, 40)
        cv2.ellipse(
            picture,
            (int(cx), int(cy - unit * 0.08)),
            (int(unit * 0.15), int(unit * 0.13)),
            0,
            180,
            360,
            hair,
            -1,
            cv2.LINE_AA,
        )
        for side in (-1, 1):
            cv2.circle(
                picture,
                (int(cx + side * unit * 0.055), int(cy - unit * 0.01)),
                max(int(unit * 0.018), 1),
                hair,
                -1,
                cv2.LINE_AA,
            )
        mouth = unit * (0.012 + 0.02 * abs(np.sin(time_s * 6)) * min(self.lively, 1))
        cv2.ellipse(
            picture,
            (int(cx), int(cy + unit * 0.09)),
            (int(unit * 0.05), max(int(mouth), 1)),
            0,
            0,
            360,
            (60, 50, 120),
            -1,
            cv2.LINE_AA,
        )
        if self.lively > 0.6 and np.sin(time_s * 0.6 + self.seed) > 0.3:
            at = (
                int(cx + unit * (0.32 + 0.05 * np.sin(time_s * 4))),
                int(height * 0.42 + unit * (0.36 + 0.06 * np.cos(time_s * 3))),
            )
            cv2.circle(picture, at, int(unit * 0.07), skin, -1, cv2.LINE_AA)
        if self.noise:
            picture = grainy(picture, time_s, self.noise)
        return picture

    def room(self, size: tuple[int, int]) -> Picture:
        """Without anybody in it."""
        if size not in self._still:
            self._still[size] = self._drawn_room(size)
        return self._still[size].copy()

    def _drawn_room(self, size: tuple[int, int]) -> Picture:
        width, height = size
        if self.backdrop == "green":
            return np.full((height, width, 3), (60, 190, 50), np.uint8)
        rng = np.random.default_rng(self.seed + 50)
        if self.backdrop == "blurred":
            return np.asarray(cv2.GaussianBlur(made_up_photo(self.seed, size), (0, 0), height / 40), np.uint8)
        y, x = np.mgrid[0:height, 0:width].astype(np.float32)
        light = 130 + 60 * np.exp(-(((x / width - 0.3) / 0.4) ** 2) - ((y / height - 0.2) / 0.5) ** 2) - 30 * y / height
        room = np.stack([light * 0.95, light, light * 1.03], axis=-1)
        room = np.clip(room + rng.normal(0, 1.5, room.shape), 0, 255).astype(np.uint8)
        if self.backdrop == "shelf":
            for row in range(5):
                left = 0
                while left < width * 0.4:
                    wide = int(rng.integers(2, 7) * width / 300) + 1
                    tone = [int(v) for v in rng.integers(20, 200, 3)]
                    top = int(height * row / 5 + height * 0.02)
                    cv2.rectangle(
                        room, (left, top), (left + wide, int(height * (row + 1) / 5 - height * 0.02)), tone, -1
                    )
                    left += wide + 1
        if self.backdrop == "window":
            cv2.rectangle(
                room,
                (int(width * 0.68), int(height * 0.08)),
                (int(width * 0.95), int(height * 0.6)),
                (235, 225, 215),
                -1,
            )
            cv2.rectangle(
                room, (int(width * 0.68), int(height * 0.08)), (int(width * 0.95), int(height * 0.6)), (60, 70, 80), 2
            )
        return np.asarray(room, np.uint8)


class Footage:
    """Real footage, to and fro; ``crop`` is the share of its width and height that is shown."""

    def __init__(self, media: Path, *, start_s: float = 0.0, seconds: float = KEPT_S, mirror: bool = False) -> None:
        shots = frames_between(media, start_s, start_s + seconds, width=640, step_s=1 / RATE - 1e-3)
        self._pictures = [shot.picture[:, ::-1] if mirror else shot.picture for shot in shots]
        self._sized: dict[tuple[int, tuple[int, int]], Picture] = {}

    def at(self, time_s: float, size: tuple[int, int]) -> Picture:
        count = len(self._pictures)
        index = int(time_s * RATE) % (2 * count - 2) if count > 1 else 0
        return fit(self._pictures[index if index < count else 2 * count - 2 - index], size)


class Board:
    """A whole room's camera: a board with writing that grows, and a lecturer who walks before it and stands still."""

    def __init__(self, seed: int, kind: str = "chalk") -> None:
        self._seed, self._kind = seed, kind

    def at(self, time_s: float, size: tuple[int, int]) -> Picture:
        width, height = size
        rng = np.random.default_rng(self._seed)
        board, ink = {
            "chalk": ((58, 78, 52), (215, 222, 220)),
            "black": ((44, 44, 46), (210, 215, 220)),
            "white": ((214, 218, 220), (90, 50, 40)),
        }[self._kind]
        y, x = np.mgrid[0:height, 0:width].astype(np.float32)
        light = 1 + 0.12 * np.sin(x / width * 3 + 1) - 0.15 * y / height
        picture = np.clip(np.array(board, np.float32) * light[..., None], 0, 255).astype(np.uint8)
        wall = int(height * 0.78)
        picture[wall:] = (np.array((96, 112, 128), np.float32) * light[wall:, :, None]).astype(np.uint8)
        picture[: int(height * 0.06)] = (150, 158, 160)
        scale = height / 720
        lines = [(column, row) for column in range(3) for row in range(8)]
        written = min(8 + int(time_s / 6), len(lines))
        for column, row in lines[:written]:
            text = "".join(rng.choice(list("abcxyz0123456789=+-(){}/<>^")) for _ in range(int(rng.integers(8, 18))))
            at = (int(width * (0.04 + 0.32 * column)), int(height * (0.14 + 0.08 * row)))
            cv2.putText(
                picture,
                text,
                at,
                cv2.FONT_HERSHEY_SCRIPT_SIMPLEX,
                0.9 * scale,
                ink,
                max(round(2 * scale), 1),
                cv2.LINE_AA,
            )
        walk = 0.5 + 0.35 * np.sin(time_s * 0.25 + self._seed) * (0.6 + 0.4 * np.sin(time_s * 0.11))
        cx, foot, tall = width * walk, height * 0.98, height * 0.62
        cv2.ellipse(
            picture,
            (int(cx), int(foot - tall * 0.4)),
            (int(tall * 0.14), int(tall * 0.42)),
            0,
            0,
            360,
            (70, 52, 46),
            -1,
            cv2.LINE_AA,
        )
        cv2.circle(
            picture,
            (int(cx + 2 * np.sin(time_s * 2) * scale), int(foot - tall * 0.9)),
            int(tall * 0.09),
            (140, 165, 205),
            -1,
            cv2.LINE_AA,
        )
        arm = (int(cx + tall * 0.3 * np.cos(time_s * 0.7)), int(foot - tall * (0.75 + 0.15 * np.sin(time_s * 1.3))))
        cv2.line(picture, (int(cx), int(foot - tall * 0.68)), arm, (70, 52, 46), max(int(tall * 0.06), 1), cv2.LINE_AA)
        return grainy(picture, time_s, 1.5)


def grainy(picture: Picture, time_s: float, levels: float) -> Picture:
    """With a sensor's noise, another one at each time."""
    height, width = picture.shape[:2]
    rng = np.random.default_rng(int(time_s * 1000))
    top, left = int(rng.integers(0, 40)), int(rng.integers(0, 40))
    grain = _grain((height + 40, width + 40), levels)[top : top + height, left : left + width]
    return np.asarray(cv2.add(picture, grain, dtype=cv2.CV_8U), np.uint8)


@cache
def _grain(shape: tuple[int, int], levels: float) -> NDArray[np.int16]:
    noise = np.random.default_rng(7).normal(0, levels, shape)
    return np.repeat(np.rint(noise).astype(np.int16)[..., None], 3, axis=2)


def fit(picture: Picture, size: tuple[int, int]) -> Picture:
    """Scaled and cropped in its middle to fill ``size``."""
    height, width = picture.shape[:2]
    scale = max(size[0] / width, size[1] / height)
    scaled = cv2.resize(
        picture,
        (max(round(width * scale), size[0]), max(round(height * scale), size[1])),
        interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR,
    )
    top, left = (scaled.shape[0] - size[1]) // 2, (scaled.shape[1] - size[0]) // 2
    return np.asarray(scaled[top : top + size[1], left : left + size[0]], np.uint8)
