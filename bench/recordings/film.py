"""Scenes in order become a video and its truth: ``layouts`` with rectangles, ``slide_changes``, what is left out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, Protocol

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from bench.recordings.decks import Picture, made_up_photo
from bench.recordings.people import Scenery

Box = tuple[int, int, int, int]
"""``x, y, width, height`` in pixels."""


class Screen(Scenery, Protocol):
    """A scenery that knows when it changes."""

    def truth(self) -> list[float]:
        """Times of its changes in seconds, 0 first."""
        ...


@dataclass(frozen=True)
class Scene:
    """One layout until ``end_s``. ``shape`` of the camera: rectangle, rounded, circle, bordered or shadowed."""

    end_s: float
    layout: str
    screen: Box | None = None
    camera: Box | None = None
    person: Scenery | None = None
    shape: str = "rectangle"
    canvas: str = "#000000"


@dataclass(frozen=True)
class Recording:
    """What is filmed. ``changes_count`` is False where a desktop's changes are no slide changes anybody would mark."""

    name: str
    kind: str
    scenes: Sequence[Scene]
    deck: Screen
    size: tuple[int, int] = (1280, 720)
    rate: int = 10
    crf: int = 26
    keyframe_every_s: float = 10.0
    changes_count: bool = True
    options: dict[str, str] = field(default_factory=dict)

    def truth(self) -> dict[str, Any]:
        starts_s = [0.0, *(scene.end_s for scene in self.scenes)]
        layouts = []
        for start_s, scene in zip(starts_s, self.scenes, strict=False):
            one: dict[str, Any] = {"start": start_s, "end": scene.end_s, "layout": scene.layout}
            one |= {name: list(box) for name, box in (("screen", scene.screen), ("camera", scene.camera)) if box}
            layouts.append(one)
        end_s = self.scenes[-1].end_s
        changes = [time_s for time_s in self.deck.truth() if time_s < end_s]
        return {
            "duration": end_s,
            "size": list(self.size),
            "kind": self.kind,
            "layouts": layouts,
            "slide_changes": changes if self.changes_count else None,
        }


def film(recording: Recording, folder: Path) -> Path:
    """Encode the recording as H.264 in ``folder`` and return its path."""
    path = folder / f"{recording.name}.mp4"
    width, height = recording.size
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=Fraction(recording.rate))
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        keyframes = str(round(recording.keyframe_every_s * recording.rate))
        stream.options = {"preset": "ultrafast", "crf": str(recording.crf), "g": keyframes, **recording.options}
        for picture in pictures(recording):
            frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def pictures(recording: Recording) -> Iterator[Picture]:
    """Every frame, BGR."""
    ends_s = [scene.end_s for scene in recording.scenes]
    for number in range(round(ends_s[-1] * recording.rate)):
        time_s = number / recording.rate
        scene = recording.scenes[next(i for i, end_s in enumerate(ends_s) if time_s < end_s - 1e-6)]
        yield compose(scene, recording.deck, time_s, recording.size)


def compose(scene: Scene, deck: Screen, time_s: float, size: tuple[int, int]) -> Picture:
    width, height = size
    if scene.screen == (0, 0, width, height):
        frame = deck.at(time_s, size).copy()
    else:
        frame = canvas(scene.canvas, size).copy()
        if scene.screen:
            x, y, wide, tall = scene.screen
            frame[y : y + tall, x : x + wide] = deck.at(time_s, (wide, tall))
    if scene.camera and scene.person:
        x, y, wide, tall = scene.camera
        shown = scene.person.at(time_s, (wide, tall))
        _lay(frame, shown, scene.camera, scene.shape)
    return frame


_canvases: dict[tuple[str, tuple[int, int]], Picture] = {}


def canvas(look: str, size: tuple[int, int]) -> Picture:
    """``#rrggbb``, ``gradient`` or ``picture``."""
    if (look, size) not in _canvases:
        width, height = size
        made: NDArray[Any]
        if look == "picture":
            made = cv2.GaussianBlur(made_up_photo(1, size), (0, 0), 6)
        elif look == "gradient":
            ramp = (
                np.linspace(0, 1, width, dtype=np.float32)[None, :, None]
                + np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
            )
            made = np.array((120, 60, 30), np.float32) + ramp * np.array((40, 50, 70), np.float32)
        else:
            made = np.full((height, width, 3), [int(look[i : i + 2], 16) for i in (5, 3, 1)], np.uint8)
        _canvases[look, size] = np.asarray(made).astype(np.uint8)
    return _canvases[look, size]


def _lay(frame: Picture, shown: Picture, box: Box, shape: str) -> None:
    x, y, wide, tall = box
    region = frame[y : y + tall, x : x + wide]
    if shape in ("rectangle", "bordered", "shadowed"):
        if shape == "shadowed":
            soft = np.zeros(frame.shape[:2], np.float32)
            cv2.rectangle(soft, (x, y), (x + wide, y + tall + 4), 0.5, -1)
            blurred = cv2.GaussianBlur(soft, (0, 0), 6)
            frame[:] = (frame * (1 - blurred[..., None])).astype(np.uint8)
        region[:] = shown
        if shape == "bordered":
            thick = max(wide // 80, 2)
            cv2.rectangle(frame, (x, y), (x + wide - 1, y + tall - 1), (240, 240, 240), thick)
            region[thick:-thick, thick:-thick] = shown[thick:-thick, thick:-thick]
        return
    mask = np.zeros((tall, wide), np.uint8)
    if shape == "circle":
        cv2.ellipse(mask, (wide // 2, tall // 2), (wide // 2, tall // 2), 0, 0, 360, 255, -1, cv2.LINE_AA)
    else:
        radius = min(wide, tall) // 8
        cv2.rectangle(mask, (radius, 0), (wide - radius - 1, tall - 1), 255, -1)
        cv2.rectangle(mask, (0, radius), (wide - 1, tall - radius - 1), 255, -1)
        for cx, cy in (
            (radius, radius),
            (wide - radius - 1, radius),
            (radius, tall - radius - 1),
            (wide - radius - 1, tall - radius - 1),
        ):
            cv2.circle(mask, (cx, cy), radius, 255, -1, cv2.LINE_AA)
    part = (mask / 255.0)[..., None]
    region[:] = (shown * part + region * (1 - part)).astype(np.uint8)
