"""Kinds of recordings as universities make them: poor cables, calls, halls, tablets, tickers, people who sit still.

Even variants are 1280x720, odd ones 640x360, in the codecs and frame rates that recorders write.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from bench.recordings.cameras import (
    Avatar,
    Away,
    BeforePicture,
    Frozen,
    Hall,
    Loop,
    Named,
    Photograph,
    Shaken,
    Still,
    bar_px,
)
from bench.recordings.chance import CORNERS, Chance, even
from bench.recordings.film import Box, Inset, Recording, Scene, Screen
from bench.recordings.living import (
    Captured,
    FadesToBlack,
    Illustrated,
    Ink,
    Intro,
    Paper,
    Terminal,
    Ticker,
    Zoomed,
)
from bench.recordings.people import Board, DrawnPerson, Scenery
from bench.recordings.screens import Deck

LOW_RATE = {"preset": "veryfast", "crf": "32"}
VP9 = {"deadline": "realtime", "cpu-used": "8", "crf": "42", "b": "0"}
PLACES = ((0.5, 0.3, 0.42, 0.44), (0.06, 0.3, 0.4, 0.56), (0.58, 0.06, 0.36, 0.38), (0.3, 0.25, 0.4, 0.6))
OPEN = ("speaker", "board", "other")  # names of a filmed room on which people would not agree


def campus(c: Chance, scenes: Sequence[Scene], screen: Screen, **options: Any) -> Recording:
    codec = c.rng.choice(("libx264", "libx264", "libx264", "libvpx-vp9", "mjpeg"))
    rates = (10, 10, 25) if c.size[0] > 640 else (5, 10, 25, Fraction(30000, 1001), 50)
    coding = {"libx264": LOW_RATE, "libvpx-vp9": VP9}.get(codec, {})
    return c.recording(scenes, screen, **{"codec": codec, "options": coding, "rate": c.rng.choice(rates), **options})


def begin(c: Chance) -> None:
    c.size = (1280, 720) if c.variant % 2 == 0 else (640, 360)
    c.frame = (0, 0, *c.size)


def inset(c: Chance, end_s: float, person: Scenery | None = None, **options: Any) -> Scene:
    box = options.pop("box", None) or c.corner()
    shown = person or c.person
    if isinstance(shown, Named):
        options["cameras"] = [without_name(box)]
    return Scene(end_s, "picture_in_picture", c.frame, box, shown, **options)


def without_name(box: Box) -> Box:
    return *box[:3], box[3] - bar_px(box[3])


def slides(c: Chance, end_s: float) -> Scene:
    return Scene(end_s, "slides", c.frame)


def speaker(c: Chance, end_s: float, person: Scenery | None = None) -> Scene:
    return Scene(end_s, "speaker", None, c.frame, person or c.person)


def named_camera(c: Chance) -> Recording:
    ends = c.ends(3)
    shape = c.rng.choice(("rounded", "bordered", "shadowed", "rectangle"))
    scenes = [inset(c, ends[0], Named(c.person), shape=shape), slides(c, ends[1]), inset(c, ends[2], Named(c.person))]
    return campus(c, scenes, c.deck(c.length * 2))


def cut_out_person(c: Chance) -> Recording:
    ends = c.ends(2)
    box = c.corner("bottom right", aspect=1.0, share=0.3)
    return campus(c, [inset(c, ends[0], c.keyed, box=box, shape="cut_out"), slides(c, ends[1])], c.deck(c.length * 2))


def virtual_background(c: Chance) -> Recording:
    ends, person = c.ends(3), BeforePicture(c.keyed, c.rng.randint(0, 9))
    scenes = [inset(c, ends[0], person), speaker(c, ends[1], person), slides(c, ends[2])]
    return campus(c, scenes, c.deck(c.length * 2))


def still_speaker(c: Chance) -> Recording:
    ends, person = c.ends(3), Still(c.person)
    return campus(c, [inset(c, ends[0], person), slides(c, ends[1]), speaker(c, ends[2], person)], c.deck(c.length * 2))


def speaker_leaves(c: Chance) -> Recording:
    ends = c.ends(2)
    person = Away(DrawnPerson(c.drawn.seed, 1.0, c.drawn.backdrop), ends[0] * 0.3, ends[0] * 0.8)
    return campus(c, [inset(c, ends[0], person), speaker(c, ends[1], person)], c.deck(c.length * 2))


def frozen_camera(c: Chance) -> Recording:
    ends = c.ends(2)
    return campus(
        c, [inset(c, ends[0], Frozen(c.person, ends[0] * 0.4, ends[0] * 0.8)), slides(c, ends[1])], c.deck(c.length * 2)
    )


def two_cameras(c: Chance) -> Recording:
    width, height = c.size
    ends, room = c.ends(2), Board(c.rng.randint(0, 99), "white")
    wide = int(width * c.rng.uniform(0.24, 0.36))
    tall, gap = wide * 9 // 16, c.rng.choice((0, width // 80))
    top = (height - 2 * tall - gap) // 2
    first, second = even((width - wide, top, wide, tall)), even((width - wide, top + tall + gap, wide, tall))
    screen = even((0, (height - (width - wide) * 9 // 16) // 2, width - wide - gap, (width - wide) * 9 // 16))
    scenes = [
        Scene(ends[0], "side_by_side", screen, first, c.person, insets=[Inset(second, room)]),
        inset(c, ends[1]),
    ]
    return campus(c, scenes, c.deck(c.length * 2))


def small_and_large(c: Chance) -> Recording:
    ends = c.ends(3)
    shares = (c.rng.uniform(0.1, 0.125), c.rng.uniform(0.3, 0.36), c.rng.uniform(0.1, 0.125))
    aspects = (4 / 3, 16 / 9, 1.0)
    scenes = [
        inset(c, end_s, box=c.corner(aspect=aspect, share=share))
        for end_s, share, aspect in zip(ends, shares, aspects, strict=True)
    ]
    return campus(c, scenes, c.deck(c.length * 2))


def video_call(c: Chance) -> Recording:
    width, height = c.size
    ends, count, gap = c.ends(2), c.rng.choice((3, 4, 5)), width // 100
    wide = width // 6
    tall, left = wide * 9 // 16, (width - count * wide - (count - 1) * gap) // 2
    tiles = [even((left + place * (wide + gap), gap, wide, tall)) for place in range(count)]
    seen: list[Scenery] = [Named(c.person), Avatar(), Named(c.others[-1], "B. Guest"), Avatar("XY"), Avatar("QR")]
    under = tall + 2 * gap
    screen_wide = (height - under) * 16 // 9
    screen = even(((width - screen_wide) // 2, under, screen_wide, height - under))
    others = [Inset(tile, shown, shown is seen[2]) for tile, shown in zip(tiles[1:], seen[1:], strict=False)]
    call = Scene(
        ends[0],
        "side_by_side",
        screen,
        tiles[0],
        seen[0],
        canvas="#1c1c1e",
        insets=others,
        cameras=[without_name(tile) for tile in (tiles[0], tiles[2])],
    )
    return campus(c, [call, slides(c, ends[1])], c.deck(c.length * 2))


def faces_on_slides(c: Chance) -> Recording:
    ends, shown = c.ends(2), Photograph(c.person)
    deck = Illustrated(c.deck(c.length * 2), shown, c.rng.choice(PLACES))
    return campus(c, [slides(c, ends[0]), inset(c, ends[1], c.others[-1])], deck)


def films_on_slides(c: Chance) -> Recording:
    ends, place = c.ends(2), c.rng.choice(PLACES)
    deck = Illustrated(c.deck(c.length * 2), c.person, place)
    return campus(c, [slides(c, ends[0]), inset(c, ends[1], c.others[-1], box=c.corner("top right", share=0.15))], deck)


def animated_pictures(c: Chance) -> Recording:
    ends = c.ends(1)
    deck = Illustrated(c.deck(c.length * 2), Loop(c.drawn), (0.62, 0.3, 0.26, 0.4))
    return campus(c, [slides(c, ends[0])], deck)


def terminal(c: Chance) -> Recording:
    ends, box = c.ends(2), c.corner("bottom right")
    screen: Screen = Terminal(c.rng.randint(0, 99)) if c.rng.random() < 0.5 else Paper(c.rng.randint(0, 99))
    return campus(c, [slides(c, ends[0]), inset(c, ends[1], box=box)], screen, changes_count=False)


def handwriting(c: Chance) -> Recording:
    ends = c.ends(2)
    pages_s = [0.0, *(round(c.length * part, 1) for part in (0.35, 0.62, 0.9, 1.3))]
    ink = Ink(pages_s, c.rng.random() < 0.4, c.rng.randint(0, 99))
    return campus(c, [inset(c, ends[0], box=c.corner("top right")), slides(c, ends[1])], ink)


def zooms(c: Chance) -> Recording:
    ends = c.ends(2)
    scenes = [slides(c, ends[0]), inset(c, ends[1])]
    return campus(c, scenes, Zoomed(c.deck(c.length * 2)), changes_count=False)


def filmed_hall(c: Chance) -> Recording:
    ends = c.ends(2)
    deck = c.deck(c.length * 2)
    room = Shaken(Hall(Deck(deck.style, deck.changes_s, first=deck.first), c.rng.randint(0, 9)), c.rng.uniform(0.3, 1))
    return campus(c, [Scene(ends[0], "other", None, c.frame, room, also=OPEN), slides(c, ends[1])], deck)


def followed_board(c: Chance) -> Recording:
    ends = c.ends(2)
    room = Shaken(Board(c.rng.randint(0, 99), c.rng.choice(("chalk", "black", "white"))), 0.4, 0.08)
    scenes = [Scene(ends[0], "board", c.frame, c.frame, room), slides(c, ends[1])]
    return campus(c, scenes, c.deck(c.length * 2))


def broadcast(c: Chance) -> Recording:
    ends = c.ends(3)
    scenes = [speaker(c, ends[0]), inset(c, ends[1], box=c.corner("top right")), slides(c, ends[2])]
    return campus(c, scenes, c.deck(c.length * 2), finish=Ticker())


def titles_and_black(c: Chance) -> Recording:
    ends = [9.0, *(9.0 + one for one in c.ends(3))]
    scenes = [
        Scene(ends[0], "slides", c.frame, also=("other", "speaker")),
        speaker(c, ends[1]), inset(c, ends[2]), slides(c, ends[3]),
    ]  # fmt: skip
    return campus(c, scenes, Intro(c.deck(c.length * 2), ends[0]), finish=FadesToBlack(ends[1:-1]))


def analogue_cable(c: Chance) -> Recording:
    ends = c.ends(3)
    scenes = [slides(c, ends[0]), inset(c, ends[1]), speaker(c, ends[2])]
    return campus(c, scenes, Captured(c.deck(c.length * 2), c.rng.uniform(2, 6)))


def camera_column(c: Chance) -> Recording:
    width, height = c.size
    ends, wide = c.ends(2), int(width * c.rng.uniform(0.2, 0.33)) // 2 * 2
    tall = wide * 3 // 4 // 2 * 2
    canvas = c.rng.choice(("#104060", "gradient", "#f0f0f0", "#701020"))
    screen = even((wide, (height - (width - wide) * 9 // 16) // 2, width - wide, (width - wide) * 9 // 16))
    logo = Inset(even((wide // 4, height - wide // 2, wide // 2, wide // 4)), Avatar("U"), False)
    scenes = [
        Scene(
            ends[0],
            "side_by_side",
            screen,
            (0, height // 10 // 2 * 2, wide, tall),
            c.person,
            canvas=canvas,
            insets=[logo],
        ),
        Scene(ends[1], "side_by_side", (wide, 0, width - wide, height), (0, 0, wide, height), c.person),
    ]
    return campus(c, scenes, c.deck(c.length * 2))


def mixed(c: Chance) -> Recording:
    width, height = c.size
    count = max(round(c.length / 22), 3)
    ends, scenes = c.ends(count), []
    wide = int(width * 0.3) // 2 * 2
    beside = even((0, (height - (width - wide) * 9 // 16) // 2, width - wide, (width - wide) * 9 // 16))
    for end_s in ends:
        choice = c.rng.choice(("inset", "inset", "slides", "speaker", "beside", "board"))
        camera = even((width - wide, (height - wide * 3 // 4) // 2, wide, wide * 3 // 4))
        scenes.append(
            {
                "inset": inset(c, end_s, Named(c.person), box=c.corner(c.rng.choice(CORNERS))),
                "slides": slides(c, end_s),
                "speaker": speaker(c, end_s),
                "beside": Scene(end_s, "side_by_side", beside, camera, c.person),
                "board": Scene(end_s, "board", c.frame, c.frame, Board(7, "chalk")),
            }[choice]
        )
    return campus(c, scenes, c.deck(c.length * 2))


def _begun(made: Callable[[Chance], Recording]) -> Callable[[Chance], Recording]:
    def kind(c: Chance) -> Recording:
        begin(c)
        return made(c)

    return kind


CAMPUS_KINDS: dict[str, Callable[[Chance], Recording]] = {
    made.__name__: _begun(made)
    for made in (
        named_camera, cut_out_person, virtual_background, still_speaker, speaker_leaves, frozen_camera, two_cameras,
        small_and_large, video_call, faces_on_slides, films_on_slides, animated_pictures, terminal, handwriting, zooms,
        filmed_hall, followed_board, broadcast, titles_and_black, analogue_cable, camera_column, mixed,
    )
}  # fmt: skip
