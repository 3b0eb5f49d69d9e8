"""Measure and decide: the clip's poster, a sharp picture of an open face, a full slide, or both.

The candidates were written as JPEGs beside the clip, without captions; the best one becomes the poster as it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from av import VideoFrame
from av.error import FFmpegError
from av.packet import Packet
from av.video.stream import VideoStream

from agents.errors import AgentError
from agents.media.frames import Picture
from agents.media.probe import open_media
from agents.types import Rect
from agents.video_compiler.command import CANDIDATES_NAME, THUMBNAIL_NAME
from agents.video_compiler.faces import cascades, front_face, open_eyes
from agents.video_compiler.plan import RenderPlan
from agents.video_compiler.poster_frames import poster_frames, written_frames

LOOK_PX = 640  # the longer side of a picture that is judged
FACE_PX, SMALLEST_FACE = 240, 0.15  # the size at which a face is looked for, and the share of it that one has
BLACK_LEVELS, FLAT_LEVELS = 24, 10  # the mean and the spread of a picture that shows nothing
CHANGING_LEVELS = 6  # mean difference to the neighbour: a fade, not a person who moves
FACE, EYES, FULL, SHARP, CHANGING, EMPTY = 1.0, 0.6, 1.0, 1.5, -2.0, -5.0


@dataclass(frozen=True)
class Look:
    """What a candidate shows. ``sharpness`` and ``ink`` are compared with other candidates of the clip only."""

    empty: bool
    changing: bool
    sharpness: float
    ink: float
    face: float


def prepare() -> None:
    """Load what posters are chosen with, while there is time."""
    cascades()


def write_poster(plan: RenderPlan, out_dir: Path) -> None:
    """``thumbnail.jpg`` from the candidates in ``out_dir``, which are removed. None is written where there are none."""
    path = out_dir / CANDIDATES_NAME
    try:
        shots = _read(path)
    except (FFmpegError, AgentError):
        shots = []
    if shots:
        pairs = poster_frames(plan.cut, plan.runs)
        by_frame = dict(zip(written_frames(pairs), shots, strict=False))
        best = _best(plan, pairs, {frame: picture for frame, (_, picture) in by_frame.items()})
        (out_dir / THUMBNAIL_NAME).write_bytes(by_frame[best][0])
    path.unlink(missing_ok=True)


def choose(looks: Sequence[Look]) -> int:
    """The best of some candidates; of equals the first.

    >>> sharp, blurred = Look(False, False, 9.0, 0.1, 1.0), Look(False, False, 3.0, 0.1, 1.0)
    >>> choose([blurred, sharp, Look(True, False, 0.0, 0.0, 0.0)])
    1
    """
    sharpest = max(1e-6, *(look.sharpness for look in looks))
    fullest = max(1e-6, *(look.ink for look in looks))

    def score(look: Look) -> float:
        points = SHARP * min(look.sharpness / sharpest, 1.0) + FULL * look.ink / fullest + look.face
        return round(points + CHANGING * look.changing + EMPTY * look.empty, 2)

    return max(range(len(looks)), key=lambda i: (score(looks[i]), -i))


def _best(plan: RenderPlan, pairs: Sequence[tuple[int, int]], pictures: dict[int, Picture]) -> int:
    """The frame of the poster."""
    written = [(frame, after) for frame, after in pairs if frame in pictures] or [(min(pictures), min(pictures))]
    looks = []
    for frame, after in written:
        scene = next(run.scene for run in plan.runs if run.start <= frame < run.end)
        scale = pictures[frame].shape[1] / plan.canvas[0]
        looks.append(_look(pictures[frame], pictures.get(after, pictures[frame]), scene.cameras, scene.screens, scale))
    return written[choose(looks)][0]


def _look(picture: Picture, neighbour: Picture, cameras: Sequence[Rect], screens: Sequence[Rect], scale: float) -> Look:
    faces = [_crop(picture, camera, scale) for camera in cameras]
    if not cameras and not screens:  # a speaker only
        faces = [picture]
    edges: Picture = cv2.convertScaleAbs(cv2.Laplacian(picture, cv2.CV_16S)).astype(np.uint8)
    ink = [float((_crop(edges, screen, scale) > 40).mean()) for screen in screens]
    difference = np.asarray(cv2.absdiff(picture, neighbour), np.uint8)
    for camera in cameras:
        _crop(difference, camera, scale)[:] = 0
    return Look(
        empty=bool(picture.mean() < BLACK_LEVELS or picture.std() < FLAT_LEVELS),
        changing=bool(difference.mean() > CHANGING_LEVELS),
        sharpness=float(np.percentile(edges, 99)),
        ink=max(ink, default=0.0),
        face=max((open_face(face) for face in faces), default=0.0),
    )


def open_face(picture: Picture) -> float:
    """1 for a face seen from the front, and more where its eyes are seen too (OpenCV's cascades)."""
    face = front_face(picture, FACE_PX, SMALLEST_FACE)
    return FACE + EYES * open_eyes(picture, face) / 2 if face else 0.0


def _crop(picture: Picture, rect: Rect, scale: float) -> Picture:
    x, y, width, height = (max(round(value * scale), 0) for value in rect)
    return picture[y : y + height, x : x + width]


def _read(path: Path) -> list[tuple[bytes, Picture]]:
    """Each candidate as its JPEG and as a grey picture."""
    shots: list[tuple[bytes, Picture]] = []
    with open_media(path) as container:
        for packet in container.demux(video=0):
            data, frame = bytes(packet), _decoded(packet)
            if frame is not None:
                scale = min(1.0, LOOK_PX / max(frame.width, frame.height))
                size = round(frame.width * scale), round(frame.height * scale)
                grey = frame.to_ndarray(width=size[0], height=size[1], format="gray").astype(np.uint8, copy=False)
                shots.append((data, grey))
    return shots


def _decoded(packet: "Packet[VideoStream]") -> VideoFrame | None:
    frame = next(iter(packet.decode()), None) if packet.size else None
    return frame if isinstance(frame, VideoFrame) else None
