"""The live picture of the presenter: a pose for every frame of the speech, filmed with a little grain."""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from examples.narration import FPS, Rect
from examples.portrait import Part, draw_body, draw_forearm, draw_head, draw_room

LEVELS = 6  # steps of mouth opening
GRAIN = 1.6  # standard deviation of the camera's noise, of 255
ELBOWS = ((-228.0, 716.0), (228.0, 716.0))
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Motion:
    """One value per frame: openings 0..1, shifts in camera pixels, angles in degrees."""

    mouth: Floats
    eyes: Floats
    brows: Floats
    body_x: Floats
    body_y: Floats
    head_x: Floats
    head_y: Floats
    head_deg: Floats
    arms: tuple[Floats, Floats]


def motion(speech: NDArray[np.float32], rate_hz: int, frames: int) -> Motion:
    """Mouth and hands follow the loudness of ``speech``; sway, breath and blinks go on by themselves."""
    hop = rate_hz / FPS
    rms = np.array([np.sqrt(np.mean(speech[round(i * hop) : round((i + 1) * hop)] ** 2)) for i in range(frames)])
    loud = rms / np.percentile(rms[rms > 0.005], 90)
    voiced = _eased((loud > 0.05).astype(np.float64), 0.5)
    t = np.arange(frames) / FPS
    generator = np.random.default_rng(3)
    eyes = np.ones(frames)
    at_s = 1.4
    while at_s < t[-1]:
        frame = int(at_s * FPS)
        eyes[frame : frame + 5] = [0.5, 0.0, 0.0, 0.5, 0.8][: frames - frame]
        at_s += float(generator.uniform(1.8, 4.6))
    nod = _eased(np.clip(loud - 0.6, 0, 1), 0.14)
    arms = tuple(_eased(voiced * np.clip(0.5 + 0.75 * _drift(t, 0.31, seed), 0, 1), 0.28) for seed in (5, 9))
    return Motion(
        mouth=np.clip(_eased(loud, 0.03), 0, 1) ** 0.8,
        eyes=eyes,
        brows=np.clip(1.6 * _eased(np.clip(loud - 0.75, 0, 1), 0.25) + 0.3 * _drift(t, 0.2, 2), 0, 1),
        body_x=9 * _drift(t, 0.11, 1),
        body_y=2.6 * np.sin(2 * np.pi * t / 4.1),
        head_x=11 * _drift(t, 0.17, 4) + 3 * voiced * _drift(t, 0.7, 6),
        head_y=7 * nod + 2.0 * _drift(t, 0.4, 8),
        head_deg=4.2 * _drift(t, 0.15, 12) + 1.8 * voiced * _drift(t, 0.62, 13),
        arms=(arms[0], arms[1]),
    )


def _drift(t: Floats, rate_hz: float, seed: int) -> Floats:
    """A smooth wander between about -1 and 1: a few incommensurable sines."""
    phases = np.random.default_rng(seed).uniform(0, 2 * np.pi, 3)
    waves = [np.sin(2 * np.pi * rate_hz * f * t + p) for f, p in zip((1.0, 1.618, 2.33), phases, strict=True)]
    return np.asarray(0.5 * waves[0] + 0.32 * waves[1] + 0.18 * waves[2])


def _eased(values: Floats, sigma_s: float) -> Floats:
    return np.asarray(
        cv2.GaussianBlur(values.reshape(1, -1), (0, 0), sigma_s * FPS, borderType=cv2.BORDER_REPLICATE)[0]
    )


class Camera:
    """Films the presenter for one place on the screen: ``crop`` of the 1280x720 picture, at the size of ``rect``."""

    def __init__(self, crop: Rect, rect: Rect) -> None:
        self.crop = crop
        self.size = rect[2:]
        self.zoom = rect[2] / crop[2]
        x, y, width, height = crop
        room = draw_room()[y : y + height, x : x + width]
        self.room = np.asarray(cv2.resize(room, self.size, interpolation=cv2.INTER_AREA), np.uint8)
        self.body = draw_body(self.zoom)
        right = draw_forearm(self.zoom)
        left = Part(
            np.ascontiguousarray(right.pixels[:, ::-1]),
            (right.pixels.shape[1] - 1 - right.pivot[0], right.pivot[1]),
            self.zoom,
        )
        self.forearms = (left, right)
        self.head = lru_cache(maxsize=None)(self._head)

    def _head(self, eyes: int, mouth: int, brows: int) -> Part:
        return draw_head(self.zoom, eyes / 4, mouth / LEVELS, brows / 2)

    def film(self, m: Motion, frame: int) -> NDArray[np.uint8]:
        """The camera's RGB picture at ``frame``."""
        picture = self.room.copy()
        body_x, body_y = m.body_x[frame], m.body_y[frame]
        self._place(picture, self.body, 640 + body_x, 462 + body_y, m.body_x[frame] * 0.08)
        head = self.head(round(m.eyes[frame] * 4), round(m.mouth[frame] * LEVELS), round(m.brows[frame] * 2))
        self._place(
            picture, head, 640 + 0.8 * body_x + m.head_x[frame], 440 + body_y + m.head_y[frame], m.head_deg[frame]
        )
        for side, forearm, (x, y), lifted in zip((-1, 1), self.forearms, ELBOWS, m.arms, strict=True):
            angle_deg = side * (-108 + 122 * lifted[frame])
            self._place(picture, forearm, 640 + x + body_x, y + body_y + 30 * (1 - lifted[frame]), angle_deg)
        grain = np.random.default_rng(frame).normal(0, GRAIN, (self.size[1], self.size[0], 1)).astype(np.float32)
        return np.asarray(np.clip(picture + grain, 0, 255), np.uint8)

    def _place(self, picture: NDArray[np.uint8], part: Part, x: float, y: float, angle_deg: float) -> None:
        """Blend ``part`` with its pivot at camera point (x, y), turned clockwise."""
        turn = cv2.getRotationMatrix2D(part.pivot, -float(angle_deg), 1.0)
        turn[0, 2] += (x - self.crop[0]) * self.zoom - part.pivot[0]
        turn[1, 2] += (y - self.crop[1]) * self.zoom - part.pivot[1]
        height, width = part.pixels.shape[:2]
        corners = cv2.transform(np.array([[[0, 0], [width, 0], [0, height], [width, height]]], np.float32), turn)[0]
        left, top = np.maximum(np.floor(corners.min(0)).astype(int) - 1, 0)
        right, bottom = np.minimum(np.ceil(corners.max(0)).astype(int) + 2, self.size)
        if left >= right or top >= bottom:
            return
        turn[:, 2] -= (left, top)
        layer = cv2.warpAffine(part.pixels, turn, (int(right - left), int(bottom - top)), flags=cv2.INTER_LINEAR)
        under = picture[top:bottom, left:right]
        through = cv2.multiply(under, cv2.merge([255 - layer[..., 3]] * 3), scale=1 / 255)
        picture[top:bottom, left:right] = cv2.add(through, layer[..., :3])
