"""Everything that varies in a made-up recording, drawn from a seeded generator so that nothing can be fitted to it."""

import random
from collections.abc import Sequence

from bench.recordings.decks import THEMES
from bench.recordings.film import Box, Recording, Scene, Screen
from bench.recordings.people import DrawnPerson, Scenery
from bench.recordings.screens import Deck

Size = tuple[int, int]
SIZES: tuple[Size, ...] = ((1280, 720), (1280, 720), (1920, 1080), (854, 480), (640, 360), (1024, 768))
STYLES = (*(f"{theme}{extra}" for theme in THEMES for extra in ("", "+banner")), "dark+picture")
CORNERS = ("top left", "top right", "bottom left", "bottom right")


class Chance:
    """A seeded generator of everything that varies.

    ``people`` are used in turn, drawn ones without them; ``keyed`` is a drawn one before a green screen.
    """

    def __init__(self, kind: str, variant: int, people: Sequence[Scenery], length: float) -> None:
        self.rng = random.Random(f"{kind} {variant}")
        self.kind, self.name, self.length = kind, f"{kind}-{variant}", length
        drawn = DrawnPerson(
            self.rng.randint(0, 99), self.rng.uniform(0.5, 1.3), self.rng.choice(("wall", "shelf", "blurred", "window"))
        )
        self.person: Scenery = people[variant % len(people)] if people else drawn
        self.variant, self.drawn = variant, drawn
        self.others: Sequence[Scenery] = [*people, drawn, DrawnPerson(drawn.seed + 1, 0.8)]
        self.keyed = DrawnPerson(drawn.seed, drawn.lively, "green", 0.0)
        self.size = self.rng.choice(SIZES)
        self.frame: Box = (0, 0, *self.size)

    def deck(self, end_s: float, **options: object) -> Deck:
        changes = [0.0]
        while changes[-1] < end_s:
            changes.append(round(changes[-1] + self.rng.uniform(6, 40), 2))
        style = self.rng.choice(STYLES)
        return Deck(style, changes[:-1], first=self.rng.randint(1, 500), **options)  # type: ignore[arg-type]  # forwarded

    def ends(self, parts: int) -> list[float]:
        """Ends of ``parts`` scenes."""
        ends, at_s = [], 0.0
        for _ in range(parts):
            at_s += self.length / parts * self.rng.uniform(0.6, 1.4)
            ends.append(round(at_s, 1))
        return ends

    def corner(
        self,
        corner: str | None = None,
        aspect: float | None = None,
        within: Box | None = None,
        share: float | None = None,
    ) -> Box:
        """A place for a camera; ``share`` is its part of the frame's width."""
        x, y, width, height = within or self.frame
        corner = corner or self.rng.choice(CORNERS)
        wide = int(width * (share or self.rng.uniform(0.14, 0.3)))
        tall = int(wide / (aspect or self.rng.choice((16 / 9, 16 / 9, 4 / 3, 1.0))))
        gap = self.rng.choice((0, int(width * 0.015), int(width * 0.03)))
        left = x + gap if "left" in corner else x + width - wide - gap
        top = y + gap if "top" in corner else y + height - tall - gap
        return even((left, top, wide, tall))

    def recording(self, scenes: Sequence[Scene], deck: Screen, **options: object) -> Recording:
        options = {
            "size": self.size,
            "rate": self.rng.choice((10, 10, 15, 25)) if self.size[0] < 1280 else 10,
            "crf": self.rng.choice((22, 26, 30)),
            **options,
        }
        options |= {"keyframe_every_s": self.rng.choice((2.0, 5.0, 10.0, 25.0))}
        return Recording(self.name, self.kind, scenes, deck, **options)  # type: ignore[arg-type]  # forwarded


def even(box: Box) -> Box:
    """Chroma has half the resolution: odd borders would be blurred."""
    x, y, width, height = (value // 2 * 2 for value in box)
    return x, y, width, height


def at_ends(scenes: Sequence[Scene], ends: Sequence[float]) -> list[Scene]:
    """The scenes in this order, each until its own time."""
    return [Scene(**{**vars(scene), "end_s": end_s}) for scene, end_s in zip(scenes, ends, strict=True)]
