"""The kinds of recordings that layouts are measured on, each in as many variants as are asked for.

Sizes, places, times, decks and people are drawn from a seeded generator, so that nothing can be fitted to them.
"""

from collections.abc import Callable, Sequence

from bench.recordings.campus import CAMPUS_KINDS
from bench.recordings.chance import CORNERS, Chance, at_ends, even
from bench.recordings.film import Recording, Scene
from bench.recordings.people import Board, DrawnPerson, Scenery
from bench.recordings.screens import Desktop


def corner_camera(c: Chance) -> Recording:
    ends, box, deck = c.ends(3), c.corner(), c.deck(c.length * 2)
    scenes = [
        Scene(ends[0], "slides", c.frame),
        Scene(ends[1], "picture_in_picture", c.frame, box, c.person),
        Scene(ends[2], "speaker", None, c.frame, c.person),
    ]
    c.rng.shuffle(scenes)
    return c.recording(at_ends(scenes, ends), deck)


def shaped_camera(c: Chance) -> Recording:
    shape = c.rng.choice(("circle", "rounded", "bordered", "shadowed"))
    ends, box = c.ends(2), c.corner(aspect=1.0 if shape == "circle" else None)
    scenes = [Scene(ends[0], "picture_in_picture", c.frame, box, c.person, shape), Scene(ends[1], "slides", c.frame)]
    return c.recording(scenes, c.deck(c.length * 2))


def side_by_side(c: Chance) -> Recording:
    canvas = c.rng.choice(("#000000", "#000000", "#20242c", "#e8e8ea", "#104060", "gradient", "picture"))
    width, height = c.size
    ends, scenes = c.ends(3), []
    for end_s in ends[:2]:
        split, gap = c.rng.uniform(0.55, 0.78), c.rng.choice((0, 0, int(width * 0.015)))
        wide = int(width * split) - 2 * gap
        tall = min(int(wide * 9 / 16), height - 2 * gap)
        side = int(width * (1 - split)) - gap
        camera_tall = min(c.rng.choice((int(side * 9 / 16), int(side * 3 / 4), side, height)), height - 2 * gap)
        screen = (gap, (height - tall) // 2, wide, tall)
        camera = (width - side - gap, c.rng.choice((gap, (height - camera_tall) // 2)), side, camera_tall)
        if c.rng.random() < 0.4:
            screen, camera = ((width - b[0] - b[2], *b[1:]) for b in (screen, camera))
        scenes.append(Scene(end_s, "side_by_side", even(screen), even(camera), c.person, canvas=canvas))
    scenes.append(Scene(ends[2], c.rng.choice(("slides",)), c.frame))
    return c.recording(scenes, c.deck(c.length * 2))


def camera_off(c: Chance) -> Recording:
    ends, box = c.ends(3), c.corner()
    scenes = [
        Scene(ends[0], "picture_in_picture", c.frame, box, c.person),
        Scene(ends[1], "slides", c.frame),
        Scene(ends[2], "picture_in_picture", c.frame, box, c.person),
    ]
    return c.recording(scenes, c.deck(c.length * 2))


def moving_corner(c: Chance) -> Recording:
    ends, places = c.ends(4), c.rng.sample(CORNERS, 4)
    scenes = [
        Scene(e, "picture_in_picture", c.frame, c.corner(place), c.person)
        for e, place in zip(ends, places, strict=True)
    ]
    return c.recording(scenes, c.deck(c.length * 2))


def board(c: Chance) -> Recording:
    ends, room = c.ends(2), Board(c.rng.randint(0, 99), c.rng.choice(("chalk", "black", "white")))
    scenes = [Scene(ends[0], "board", c.frame, c.frame, room), Scene(ends[1], "slides", c.frame)]
    c.rng.shuffle(scenes)
    return c.recording(at_ends(scenes, ends), c.deck(c.length * 2))


def shared_desktop(c: Chance) -> Recording:
    ends, box = c.ends(2), c.corner()
    changes = [0.0, *(round(c.length * part, 1) for part in (0.2, 0.45, 0.7, 0.9, 1.1))]
    scenes = [Scene(ends[0], "slides", c.frame), Scene(ends[1], "picture_in_picture", c.frame, box, c.person)]
    return c.recording(scenes, Desktop(changes, dark=c.rng.random() < 0.5), changes_count=False)


def talking_head(c: Chance) -> Recording:
    ends = c.ends(1)
    return c.recording([Scene(ends[0], "speaker", None, c.frame, c.person)], c.deck(c.length * 2))


def pillarbox(c: Chance) -> Recording:
    width, height = c.size = c.rng.choice(((1280, 720), (1920, 1080), (640, 360)))
    inner = even(((width - height * 4 // 3) // 2, 0, height * 4 // 3, height))
    ends, box = c.ends(3), c.corner(within=inner)
    scenes = [
        Scene(ends[0], "slides", inner),
        Scene(ends[1], "picture_in_picture", inner, box, c.person),
        Scene(ends[2], "speaker", None, inner, c.person),
    ]
    c.rng.shuffle(scenes)
    return c.recording(at_ends(scenes, ends), c.deck(c.length * 2))


def portrait(c: Chance) -> Recording:
    width, height = c.size = c.rng.choice(((720, 1280), (360, 640), (540, 960)))
    c.frame = (0, 0, width, height)
    tall = width * 9 // 16
    top = c.rng.choice((0, (height - tall) // 4))
    below = even((0, top + tall, width, height - top - tall))
    ends = c.ends(3)
    scenes = [
        Scene(ends[0], "side_by_side", even((0, top, width, tall)), below, c.person),
        Scene(ends[1], "speaker", None, c.frame, c.person),
        Scene(ends[2], "slides", even((0, (height - tall) // 2, width, tall))),
    ]
    return c.recording(scenes, c.deck(c.length * 2))


def transitions(c: Chance) -> Recording:
    options = {"transition": c.rng.choice(("fade", "wipe", "push")), "takes_s": c.rng.uniform(0.3, 1.2)}
    ends, box = c.ends(2), c.corner()
    scenes = [Scene(ends[0], "slides", c.frame), Scene(ends[1], "picture_in_picture", c.frame, box, c.person)]
    return c.recording(scenes, c.deck(c.length * 2, **options))


def builds(c: Chance) -> Recording:
    ends, box = c.ends(2), c.corner()
    scenes = [Scene(ends[0], "slides", c.frame), Scene(ends[1], "picture_in_picture", c.frame, box, c.person)]
    return c.recording(scenes, c.deck(c.length * 2, builds=True, mouse=True))


def film_on_slides(c: Chance) -> Recording:
    ends, box = c.ends(2), c.corner()
    scenes = [Scene(ends[0], "slides", c.frame), Scene(ends[1], "picture_in_picture", c.frame, box, c.person)]
    shown = DrawnPerson(c.rng.randint(0, 99), 2.0, "blurred")
    return c.recording(scenes, c.deck(c.length * 2, film=shown))


def poor_quality(c: Chance) -> Recording:
    c.size = c.rng.choice(((640, 360), (854, 480), (1280, 720)))
    c.frame = (0, 0, *c.size)
    return corner_camera(c) if c.rng.random() < 0.5 else camera_off(c)


KINDS: dict[str, Callable[[Chance], Recording]] = {
    made.__name__: made
    for made in (
        corner_camera, shaped_camera, side_by_side, camera_off, moving_corner, board, shared_desktop,
        talking_head, pillarbox, portrait, transitions, builds, film_on_slides, poor_quality,
    )
} | CAMPUS_KINDS  # fmt: skip


def recording(kind: str, variant: int, people: Sequence[Scenery] = (), length: float = 120.0) -> Recording:
    """Variant ``variant`` (0, 1, …) of a kind, about ``length`` seconds long."""
    made = KINDS[kind](Chance(kind, variant, people, length))
    if kind == "poor_quality":
        made = Recording(**{**vars(made), "crf": 38, "rate": 12})
    return made
