"""What cameras do to people: they freeze, lose them, replace their room, name them, shake, and film the hall."""

from dataclasses import dataclass, field

import cv2
import numpy as np

from bench.recordings.decks import Picture, made_up_photo
from bench.recordings.film import keyed
from bench.recordings.people import DrawnPerson, Scenery, fit, grainy

Size = tuple[int, int]


@dataclass(frozen=True)
class Still:
    """Somebody who hardly moves: a tenth of a second of footage, to and fro in a minute, with a sensor's noise."""

    person: Scenery
    span_s: float = 0.3
    levels: float = 1.5

    def at(self, time_s: float, size: Size) -> Picture:
        moment_s = 3.0 + self.span_s * np.sin(time_s * 0.4)
        return grainy(self.person.at(moment_s, size), time_s, self.levels)


@dataclass(frozen=True)
class Frozen:
    """A picture that stops between two times, as when a network is slow."""

    person: Scenery
    from_s: float
    until_s: float

    def at(self, time_s: float, size: Size) -> Picture:
        return self.person.at(self.from_s if self.from_s <= time_s < self.until_s else time_s, size)


@dataclass(frozen=True)
class Away:
    """A room whose person is out of it between two times."""

    person: DrawnPerson
    from_s: float
    until_s: float

    def at(self, time_s: float, size: Size) -> Picture:
        if self.from_s <= time_s < self.until_s:
            return grainy(self.person.room(size), time_s, self.person.noise)
        return self.person.at(time_s, size)


@dataclass
class BeforePicture:
    """Somebody before a green screen that is replaced by a still picture (a virtual background)."""

    person: Scenery
    seed: int
    _behind: dict[Size, Picture] = field(default_factory=dict)

    def at(self, time_s: float, size: Size) -> Picture:
        if size not in self._behind:
            sharp = made_up_photo(self.seed, size)
            self._behind[size] = np.asarray(cv2.GaussianBlur(sharp, (0, 0), size[1] / 150), np.uint8)
        shown = self.person.at(time_s, size)
        part = cv2.GaussianBlur(keyed(shown), (3, 3), 0)[..., None] / 255.0
        return np.asarray(shown * part + self._behind[size] * (1 - part), np.uint8)


@dataclass(frozen=True)
class Named:
    """A bar with a name along the lower border of somebody's picture, as in video calls."""

    person: Scenery
    name: str = "Dr. A. Example"

    def at(self, time_s: float, size: Size) -> Picture:
        picture = self.person.at(time_s, size).copy()
        width, height = size
        tall = bar_px(height)
        picture[height - tall :] = (36, 30, 28)
        at = (width // 20, height - tall // 4)
        cv2.putText(picture, self.name, at, 0, tall / 34, (245, 245, 245), 1, cv2.LINE_AA)
        return picture


def bar_px(height: int) -> int:
    """How tall the bar with a name is in a picture of this height."""
    return max(height // 8, 10)


@dataclass(frozen=True)
class Avatar:
    """A camera that is off in a video call: initials on a disc."""

    initials: str = "LM"

    def at(self, time_s: float, size: Size) -> Picture:  # noqa: ARG002  # stays as it is
        width, height = size
        picture = np.full((height, width, 3), (52, 46, 44), np.uint8)
        cv2.circle(picture, (width // 2, height // 2), height // 4, (150, 90, 40), -1, cv2.LINE_AA)
        at = (width // 2 - height // 7, height // 2 + height // 14)
        cv2.putText(picture, self.initials, at, 0, height / 150, (240, 240, 240), 1, cv2.LINE_AA)
        return picture


@dataclass(frozen=True)
class Photograph:
    """One moment of somebody's footage."""

    person: Scenery
    time_s: float = 2.0

    def at(self, time_s: float, size: Size) -> Picture:  # noqa: ARG002  # as above
        return self.person.at(self.time_s, size)


@dataclass(frozen=True)
class Loop:
    """The same second or two again and again, as an animated GIF."""

    person: Scenery
    seconds: float = 1.6

    def at(self, time_s: float, size: Size) -> Picture:
        return self.person.at(time_s % self.seconds, size)


@dataclass(frozen=True)
class Shaken:
    """A camera that is held in the hand or follows somebody: it trembles, pans and zooms. ``amount`` 1 is usual."""

    room: Scenery
    amount: float = 1.0
    pan: float = 0.0  # of the width, to and fro in 40 s

    def at(self, time_s: float, size: Size) -> Picture:
        width, height = size
        wide = fit(self.room.at(time_s, size), (int(width * 1.2), int(height * 1.2)))
        x = width * (0.1 + self.pan * np.sin(time_s * 0.16)) + self.amount * (
            3 * np.sin(time_s * 2.1) + 2 * np.sin(time_s * 5.3)
        )
        y = height * 0.1 + self.amount * (2 * np.sin(time_s * 2.9) + 1.5 * np.sin(time_s * 6.1))
        move = np.array([[1, 0, -np.clip(x, 0, width * 0.2)], [0, 1, -np.clip(y, 0, height * 0.2)]], np.float32)
        return np.asarray(cv2.warpAffine(wide, move, size, flags=cv2.INTER_LINEAR), np.uint8)


@dataclass(frozen=True)
class Hall:
    """A lecture hall seen from its last row: slides on a wall, a bit askew, and a lecturer before them."""

    slides: Scenery
    seed: int = 0

    def at(self, time_s: float, size: Size) -> Picture:
        width, height = size
        y, x = np.mgrid[0:height, 0:width].astype(np.float32)
        light = 46 + 30 * np.exp(-(((x / width - 0.5) / 0.5) ** 2) - ((y / height - 0.3) / 0.4) ** 2)
        picture: Picture = np.stack([light * 0.9, light * 0.95, light], axis=-1).astype(np.uint8)
        shown = self.slides.at(time_s, (640, 360))
        corners = np.array([(0, 0), (640, 0), (640, 360), (0, 360)], np.float32)
        wall = np.array([(0.2, 0.1), (0.77, 0.13), (0.76, 0.66), (0.21, 0.69)], np.float32) * (width, height)
        onto = cv2.getPerspectiveTransform(corners, wall.astype(np.float32))
        lit = cv2.warpPerspective(cv2.GaussianBlur(shown, (3, 3), 0), onto, size, flags=cv2.INTER_AREA)
        picture = np.asarray(cv2.addWeighted(picture, 1.0, lit, 0.8, 0), np.uint8)
        for row in range(5):
            for seat in range(9):
                at = (int(width * (0.05 + 0.11 * seat + 0.03 * (row % 2))), int(height * (0.82 + 0.05 * row)))
                cv2.circle(picture, at, int(height * 0.035), (22 + 3 * row, 20, 24), -1, cv2.LINE_AA)
        centre = width * (0.83 + 0.05 * np.sin(time_s * 0.5 + self.seed))
        cv2.ellipse(
            picture,
            (int(centre), int(height * 0.6)),
            (int(height * 0.05), int(height * 0.16)),
            0,
            0,
            360,
            (60, 50, 44),
            -1,
        )
        head = (int(centre + 2 * np.sin(time_s * 1.9)), int(height * 0.41))
        cv2.circle(picture, head, int(height * 0.04), (120, 140, 180), -1, cv2.LINE_AA)
        arm = (int(centre - height * (0.1 + 0.04 * np.sin(time_s))), int(height * (0.52 + 0.05 * np.sin(time_s * 1.4))))
        cv2.line(picture, (int(centre), int(height * 0.52)), arm, (60, 50, 44), max(height // 45, 2), cv2.LINE_AA)
        return grainy(picture, time_s, 3.0)
