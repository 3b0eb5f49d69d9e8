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


class Finish(Protocol):
    """What happens to whole frames after all else: tickers, fades."""

    def __call__(self, picture: Picture, time_s: float) -> Picture:
        """A frame of the same size; the one given may be drawn on."""
        ...


@dataclass(frozen=True)
class Inset:
    """Another picture over the frame; ``counts``: whoever takes it for the camera is right too."""

    box: Box
    person: Scenery
    counts: bool = True


@dataclass(frozen=True)
class Scene:
    """One layout until ``end_s``. ``shape`` of the camera: rectangle, rounded, circle, bordered, shadowed or cut_out.

    ``also`` are names as right as ``layout`` and ``cameras`` boxes as right as ``camera``, where people would not
    agree: is a bar with a name a part of the picture? Of a cut_out camera the truth is the box around the person.
    """

    end_s: float
    layout: str
    screen: Box | None = None
    camera: Box | None = None
    person: Scenery | None = None
    shape: str = "rectangle"
    canvas: str = "#000000"
    insets: Sequence[Inset] = ()
    also: Sequence[str] = ()
    cameras: Sequence[Box] = ()


@dataclass(frozen=True)
class Recording:
    """What is filmed. ``changes_count`` is False where a desktop's changes are no slide changes anybody would mark."""

    name: str
    kind: str
    scenes: Sequence[Scene]
    deck: Screen
    size: tuple[int, int] = (1280, 720)
    rate: int | Fraction = 10
    crf: int = 26
    keyframe_every_s: float = 10.0
    changes_count: bool = True
    options: dict[str, str] = field(default_factory=dict)
    codec: str = "libx264"
    finish: Finish | None = None

    def truth(self) -> dict[str, Any]:
        starts_s = [0.0, *(scene.end_s for scene in self.scenes)]
        layouts = []
        for start_s, scene in zip(starts_s, self.scenes, strict=False):
            one: dict[str, Any] = {"start": start_s, "end": scene.end_s, "layout": scene.layout}
            camera = keyed_box(scene, start_s) if scene.shape == "cut_out" else scene.camera
            camera = None if scene.layout == "other" else camera
            one |= {name: list(box) for name, box in (("screen", scene.screen), ("camera", camera)) if box}
            one |= {
                "cameras": [list(box) for box in (*scene.cameras, *(i.box for i in scene.insets if i.counts))],
                "also": list(scene.also),
            }
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
    """Encode the recording in ``folder`` and return its path."""
    path = folder / f"{recording.name}.{'mp4' if recording.codec == 'libx264' else 'mkv'}"
    width, height = recording.size
    with av.open(str(path), "w") as container:
        stream = container.add_stream(recording.codec, rate=Fraction(recording.rate))
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = (
            width,
            height,
            "yuvj420p" if recording.codec == "mjpeg" else "yuv420p",
        )
        keyframes = str(round(recording.keyframe_every_s * recording.rate))
        usual = {"preset": "ultrafast", "crf": str(recording.crf)} if recording.codec == "libx264" else {}
        stream.options = {**usual, "g": keyframes, **recording.options}
        for picture in pictures(recording):
            frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def pictures(recording: Recording) -> Iterator[Picture]:
    """Every frame, BGR."""
    ends_s = [scene.end_s for scene in recording.scenes]
    for number in range(round(ends_s[-1] * recording.rate)):
        time_s = float(number / recording.rate)
        scene = recording.scenes[next(i for i, end_s in enumerate(ends_s) if time_s < end_s - 1e-6)]
        picture = compose(scene, recording.deck, time_s, recording.size)
        yield recording.finish(picture, time_s) if recording.finish else picture


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
        lay(frame, shown, scene.camera, scene.shape)
    for inset in scene.insets:
        lay(frame, inset.person.at(time_s, inset.box[2:]), inset.box, "rectangle")
    return frame


def keyed_box(scene: Scene, start_s: float) -> Box | None:
    """The box around somebody before a green screen."""
    if scene.camera is None or scene.person is None:
        return None
    x, y, wide, tall = scene.camera
    times_s = np.linspace(start_s, scene.end_s, 24)
    share = np.mean([keyed(scene.person.at(float(time_s), (wide, tall))) >= 128 for time_s in times_s], axis=0)
    rows, columns = np.nonzero(share >= 0.5)
    if not len(rows):
        return scene.camera
    left, top = int(columns.min()), int(rows.min())
    return x + left, y + top, int(columns.max()) + 1 - left, int(rows.max()) + 1 - top


def keyed(picture: Picture) -> Picture:
    """How much of each pixel, 0 to 255, is not green screen, in a BGR picture."""
    blue, green, red = (picture[..., channel].astype(np.int16) for channel in range(3))
    return np.asarray(255 - np.clip((green - np.maximum(blue, red) - 16) * 8, 0, 255), np.uint8)


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


def lay(frame: Picture, shown: Picture, box: Box, shape: str) -> None:
    """Draw a camera's picture into the frame, in one of the shapes of a Scene."""
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
    if shape == "cut_out":
        mask = keyed(shown)
    elif shape == "circle":
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
