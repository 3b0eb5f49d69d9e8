"""The presenter's parts, drawn with Pillow: background, body, forearm, and a head for each expression.

Coordinates are those of the camera's picture, 1280x720; each part is drawn at ``zoom`` times that size, three times
oversampled, and returned as RGBA with premultiplied alpha together with its pivot.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw, ImageFilter

OVERSAMPLING = 3
SKIN, SKIN_DARK, BLUSH, LIP = "#EFBE98", "#D99B73", "#E8836B", "#B4544A"
HAIR, HAIR_LIGHT, JUMPER, JUMPER_DARK, SHIRT = "#4A2F24", "#6B4534", "#2C6E8C", "#215870", "#F6F3EC"
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Part:
    """``pixels`` are height x width x 4, premultiplied; ``pivot`` is the point it turns about, in those pixels."""

    pixels: NDArray[np.uint8]
    pivot: Point
    zoom: float


class Sheet:
    """A transparent sheet of ``width`` x ``height`` camera pixels on which shapes are drawn."""

    def __init__(self, width: int, height: int, zoom: float) -> None:
        self.zoom = zoom
        self.unit = zoom * OVERSAMPLING
        self.image = Image.new("RGBA", (round(width * self.unit), round(height * self.unit)))

    def shape(
        self, points: Sequence[Point], colour: str, *, blur: float = 0, alpha: int = 255, inside: bool = False
    ) -> None:
        """A filled polygon; ``inside`` keeps it within what is already drawn (shading)."""
        mask = Image.new("L", self.image.size)
        ImageDraw.Draw(mask).polygon([(x * self.unit, y * self.unit) for x, y in points], fill=alpha)
        if blur:
            mask = mask.filter(ImageFilter.GaussianBlur(blur * self.unit))
        if inside:
            mask = ImageChops.multiply(mask, self.image.getchannel("A"))
        ink = Image.new("RGBA", self.image.size, colour)
        ink.putalpha(mask)
        self.image.alpha_composite(ink)

    def stroke(self, points: Sequence[Point], colour: str, width: float) -> None:
        """A line with round ends and joints."""
        pen = ImageDraw.Draw(self.image)
        scaled = [(x * self.unit, y * self.unit) for x, y in points]
        pen.line(scaled, fill=colour, width=max(round(width * self.unit), 1), joint="curve")
        radius = width * self.unit / 2
        for x, y in (scaled[0], scaled[-1]):
            pen.ellipse([x - radius, y - radius, x + radius, y + radius], fill=colour)

    def part(self, pivot: Point) -> Part:
        """The finished part."""
        size = (self.image.width // OVERSAMPLING, self.image.height // OVERSAMPLING)
        pixels = np.asarray(self.image.convert("RGBa").resize(size, Image.Resampling.BOX))
        return Part(pixels, (pivot[0] * self.zoom, pivot[1] * self.zoom), self.zoom)


def oval(x: float, y: float, rx: float, ry: float, first_deg: float = 0, last_deg: float = 360) -> list[Point]:
    """Points of an ellipse, or of an arc of it (clockwise from the right)."""
    angles = np.radians(np.linspace(first_deg, last_deg, 60))
    return [(x + rx * float(np.cos(a)), y + ry * float(np.sin(a))) for a in angles]


def smooth(points: Sequence[Point], *, closed: bool = True) -> list[Point]:
    """A Catmull-Rom spline through ``points``."""
    p = np.array(points, np.float64)
    before, after = (
        (np.roll(p, 1, 0), np.roll(p, -1, 0)) if closed else (np.vstack([p[:1], p[:-1]]), np.vstack([p[1:], p[-1:]]))
    )
    tangent = (after - before) / 2
    curve: list[Point] = []
    for i in range(len(p) if closed else len(p) - 1):
        j = (i + 1) % len(p)
        for t in np.linspace(0, 1, 16, endpoint=False):
            h = (2 * t**3 - 3 * t**2 + 1, t**3 - 2 * t**2 + t, -2 * t**3 + 3 * t**2, t**3 - t**2)
            x, y = h[0] * p[i] + h[1] * tangent[i] + h[2] * p[j] + h[3] * tangent[j]
            curve.append((float(x), float(y)))
    return curve


def draw_head(zoom: float, eyes: float, mouth: float, brows: float) -> Part:
    """The head: ``eyes`` and ``mouth`` are 0 (closed) to 1 (open), ``brows`` 0 (rest) to 1 (raised)."""
    s = Sheet(400, 440, zoom)
    s.shape(
        smooth([(84, 210), (78, 120), (130, 44), (214, 30), (290, 58), (322, 130), (316, 214), (300, 250), (100, 250)]),
        HAIR,
    )
    for x in (88, 312):
        s.shape(oval(x, 232, 21, 33), SKIN_DARK)
        s.shape(oval(x + (4 if x < 200 else -4), 232, 14, 25), SKIN)
    face = [(200 + (x - 200) * (1 - 0.13 * max((y - 225) / 138, 0) ** 1.5), y) for x, y in oval(200, 225, 107, 138)]
    s.shape(face, SKIN)
    s.shape(oval(268, 290, 50, 110), SKIN_DARK, blur=22, alpha=105, inside=True)
    s.shape(oval(150, 160, 70, 60), "#FFE3C4", blur=24, alpha=120, inside=True)
    for x in (136, 264):
        s.shape(oval(x, 276, 26, 17), BLUSH, blur=9, alpha=95)
    fringe = [(86, 214), (84, 150), (106, 84), (170, 46), (246, 46), (304, 92), (318, 160), (312, 214), (300, 178)]
    s.shape(smooth([*fringe, (284, 140), (240, 124), (180, 142), (134, 140), (106, 172)]), HAIR)
    s.shape(smooth([(120, 112), (170, 66), (240, 62), (200, 84), (150, 110)]), HAIR_LIGHT, blur=5, alpha=190)
    for side in (-1, 1):
        x = 200 + side * 47
        _eye(s, x, eyes)
        lift = 7 * brows
        arch = [(x - side * 27, 177 - lift), (x, 172 - lift * 1.2), (x + side * 27, 179 - lift * 0.8)]
        s.stroke(smooth(arch, closed=False), HAIR, 8)
        rim = [(x + 40 * np.sign(c) * abs(c) ** 0.7, 224 + 32 * np.sign(d) * abs(d) ** 0.7) for c, d in _circle()]
        s.stroke([(float(a), float(b)) for a, b in rim], "#2A3346", 5)
    s.stroke(smooth([(193 - 6, 216), (200, 211), (213, 216)], closed=False), "#2A3346", 5)
    s.stroke([(113, 218), (96, 213)], "#2A3346", 5)
    s.stroke([(287, 218), (304, 213)], "#2A3346", 5)
    s.stroke(smooth([(205, 228), (213, 262), (204, 271), (190, 268)], closed=False), SKIN_DARK, 5)
    _mouth(s, mouth)
    return s.part((200, 372))


def _circle() -> list[Point]:
    return oval(0, 0, 1, 1)


def _eye(s: Sheet, x: float, openness: float) -> None:
    if openness < 0.15:
        s.stroke(smooth([(x - 20, 224), (x, 230), (x + 20, 224)], closed=False), "#3A2A26", 5)
        return
    s.shape(oval(x, 224, 21, 14 * openness), "white")
    iris = 11.0
    s.shape(
        [(a, min(max(b, 224 - 14 * openness), 224 + 14 * openness)) for a, b in oval(x, 224, iris, iris)], "#3C2A1E"
    )
    s.shape(oval(x + 4, 224 - 5 * openness, 3.6, 3.6 * openness), "white")
    s.stroke(oval(x, 224, 22, 14 * openness, 190, 350), "#3A2A26", 4.5)


def _mouth(s: Sheet, openness: float) -> None:
    if openness < 0.1:
        s.stroke(smooth([(160, 305), (180, 316), (200, 319), (220, 316), (240, 305)], closed=False), LIP, 6)
        return
    drop, half = 8 + 30 * openness, 37 - 7 * openness
    shape = smooth(
        [
            (200 - half, 306),
            (200, 303),
            (200 + half, 306),
            (200 + half * 0.6, 306 + drop * 0.8),
            (200, 306 + drop),
            (200 - half * 0.6, 306 + drop * 0.8),
        ]
    )
    s.shape(shape, "#6E2329")
    s.shape([(x, y) for x, y in shape if y < 311 + 5 * openness], "#FBF7F0")
    if openness > 0.35:
        s.shape([(x, y) for x, y in shape if y > 306 + drop * 0.72], "#C65F5F")
    s.stroke([*shape, shape[0]], LIP, 4)


def draw_body(zoom: float) -> Part:
    """Neck, shoulders, upper arms, and chest, down to below the picture's edge; pivot at the foot of the neck."""
    s = Sheet(640, 420, zoom)
    s.shape(
        smooth(
            [
                (52, 440),
                (70, 300),
                (104, 196),
                (190, 142),
                (270, 118),
                (370, 118),
                (450, 142),
                (536, 196),
                (570, 300),
                (588, 440),
            ]
        ),
        JUMPER,
    )
    s.shape([(104, 440), (150, 250), (164, 250), (150, 440)], JUMPER_DARK, blur=7, alpha=220, inside=True)
    s.shape([(536, 440), (490, 250), (476, 250), (490, 440)], JUMPER_DARK, blur=7, alpha=255, inside=True)
    s.shape(oval(520, 330, 90, 170), "#173F52", blur=34, alpha=120, inside=True)
    s.shape(oval(190, 190, 90, 46), "#5FA3BF", blur=26, alpha=130, inside=True)
    s.shape([(276, 20), (364, 20), (368, 122), (320, 166), (272, 122)], SKIN)
    s.shape([(276, 50), (364, 50), (366, 100), (320, 112), (274, 92)], SKIN_DARK, blur=9, alpha=210, inside=True)
    s.shape([(268, 96), (320, 168), (288, 202), (240, 130)], SHIRT)
    s.shape([(372, 96), (320, 168), (352, 202), (400, 130)], "#E6E1D6")
    s.stroke([(320, 170), (320, 176)], JUMPER_DARK, 3)
    return s.part((320, 110))


def draw_forearm(zoom: float) -> Part:
    """A right-hand forearm pointing up, with an open hand; pivot at the elbow. Mirrored for the other side."""
    s = Sheet(220, 360, zoom)
    for tip, width in (((62, 62), 25), ((88, 34), 26), ((116, 30), 26), ((142, 48), 24)):
        s.stroke([(105 + (tip[0] - 105) * 0.35, 112), tip], SKIN_DARK, width + 3)
        s.stroke([(105 + (tip[0] - 105) * 0.35, 112), tip], SKIN, width)
    s.stroke([(76, 150), (46, 118)], SKIN_DARK, 29)
    s.stroke([(76, 150), (46, 118)], SKIN, 26)
    s.shape(smooth([(68, 108), (104, 94), (144, 106), (148, 150), (132, 190), (88, 190), (70, 150)]), SKIN)
    s.stroke(smooth([(84, 136), (104, 150), (128, 142)], closed=False), SKIN_DARK, 3)
    s.shape([(84, 180), (136, 180), (140, 214), (80, 214)], SKIN)
    s.shape(smooth([(78, 200), (142, 200), (156, 290), (150, 340), (110, 352), (70, 340), (64, 290)]), JUMPER)
    s.shape([(74, 198), (146, 198), (148, 214), (72, 214)], JUMPER_DARK)
    s.shape([(132, 200), (170, 200), (170, 360), (132, 360)], JUMPER_DARK, blur=10, alpha=190, inside=True)
    return s.part((110, 316))


def draw_room() -> NDArray[np.uint8]:
    """A softly lit study, out of focus: wall, shelf of books, plant, lamp. RGB, 720x1280."""
    y, x = np.mgrid[0:720, 0:1280].astype(np.float32)
    light = np.exp(-(((x - 430) / 560) ** 2) - ((y - 240) / 420) ** 2)[..., None]
    wall = np.array([92, 104, 120], np.float32) + light * np.array([96, 82, 56], np.float32)
    image = Image.fromarray(wall.clip(0, 255).astype(np.uint8))
    pen = ImageDraw.Draw(image)
    generator = np.random.default_rng(11)
    covers = ("#B5533C", "#D9A441", "#3E6C8A", "#6B8F71", "#8C5A7A", "#E5D8BE", "#41506B", "#C77B58")
    for shelf_y in (190, 390, 590):
        left = 905.0
        while left < 1255:
            width, height = generator.uniform(18, 40), generator.uniform(95, 140)
            pen.rectangle(
                [left, shelf_y - height, left + width - 3, shelf_y], fill=covers[generator.integers(len(covers))]
            )
            left += width + (26 if generator.random() < 0.12 else 0)
        pen.rectangle([880, shelf_y, 1280, shelf_y + 16], fill="#6E5444")
    for lean in (-70, -38, -8, 26, 58):
        pen.polygon(
            [(150, 560), (150 + lean * 1.7, 330 + abs(lean)), (162 + lean * 0.5, 560)],
            fill="#4F7F5C" if lean % 4 else "#3F6B4E",
        )
    pen.polygon([(104, 548), (206, 548), (192, 660), (118, 660)], fill="#C98B62")
    pen.rectangle([0, 660, 330, 720], fill="#7A5D4A")
    blurred = cv2.GaussianBlur(np.asarray(image), (0, 0), 9).astype(np.float32)
    glow = np.exp(-(((x - 300) / 260) ** 2) - ((y - 120) / 220) ** 2)[..., None]
    blurred += glow * np.array([46, 36, 18], np.float32)
    vignette = 1 - 0.28 * (((x - 640) / 760) ** 2 + ((y - 340) / 520) ** 2)[..., None].clip(0, 1)
    return np.asarray((blurred * vignette).clip(0, 255), np.uint8)
