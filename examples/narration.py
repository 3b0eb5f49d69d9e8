"""What the example lecture says, what it shows meanwhile, and how long it pauses: pure data and its timeline."""

from dataclasses import dataclass
from itertools import groupby, pairwise

FPS = 25
SIZE = (1280, 720)
LEAD_IN_S = 0.8
LEAD_OUT_S = 1.6
CUT_BEFORE_SPEECH_S = 0.4  # a slide or layout appears this long before the sentence that it belongs to

Rect = tuple[int, int, int, int]  # x, y, width, height in pixels
FULL: Rect = (0, 0, *SIZE)
LAYOUTS: dict[str, dict[str, Rect]] = {
    "slides": {"screen": FULL},
    "picture_in_picture": {"screen": FULL, "camera": (940, 520, 320, 180)},
    "side_by_side": {"screen": (16, 126, 832, 468), "camera": (864, 126, 400, 468)},
    "speaker": {"camera": FULL},
}


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence: ``slide`` counts from 1, ``pause_s`` is the silence after it."""

    slide: int
    layout: str
    text: str
    pause_s: float


TOPICS = {
    1: "A guessing game",
    2: "Definition of binary search",
    3: "Worked example: finding sixty-one",
    4: "Why it is fast: logarithmic growth",
    5: "A common mistake: the loop that never ends",
    6: "The fix: move past the middle",
    7: "Recap and exam hint",
}

LINES = (
    Line(1, "picture_in_picture", "Hello, and welcome.", 0.5),
    Line(1, "picture_in_picture", "I am thinking of a number between one and one million.", 0.5),
    Line(1, "picture_in_picture", "You may guess, and I only answer higher or lower.", 0.4),
    Line(1, "picture_in_picture", "How many guesses do you need?", 2.0),
    Line(1, "picture_in_picture", "Twenty are always enough, and today you will see why.", 0.9),
    Line(2, "picture_in_picture", "Let us start with the definition.", 0.4),
    Line(
        2,
        "picture_in_picture",
        "Binary search finds a value in a sorted list by comparing it with the middle element.",
        0.6,
    ),
    Line(
        2,
        "picture_in_picture",
        "If the target is larger, we throw away the left half, and if it is smaller, the right half.",
        0.5,
    ),
    Line(2, "picture_in_picture", "The key idea is that every question halves what is left.", 0.8),
    Line(3, "slides", "For example, let us find sixty-one in this list of fifteen numbers.", 0.6),
    Line(3, "slides", "The middle is forty, and sixty-one is larger, so the left half is gone.", 0.5),
    Line(3, "slides", "The next middle is sixty-seven, too large, so the right half is gone.", 0.5),
    Line(3, "slides", "Three numbers remain, and the middle one is sixty-one.", 0.4),
    Line(3, "slides", "That took three comparisons, instead of ten from the left.", 2.6),
    Line(4, "slides", "Why is this so fast?", 0.4),
    Line(
        4,
        "slides",
        "A thousand items need ten steps, a million twenty, and a billion only thirty.",
        0.6,
    ),
    Line(4, "slides", "So the number of steps grows with the logarithm of the length.", 0.9),
    Line(5, "side_by_side", "Now, be careful, because here is a common mistake.", 0.5),
    Line(5, "side_by_side", "Many programs write low equals mid, and then the loop never ends.", 0.5),
    Line(5, "side_by_side", "With two elements left, mid equals low, and nothing changes.", 1.6),
    Line(6, "side_by_side", "The fix is simple: the middle was already checked, so move past it.", 0.5),
    Line(6, "side_by_side", "Low becomes mid plus one, and high becomes mid minus one.", 0.9),
    Line(7, "picture_in_picture", "To summarize, sort first, compare with the middle, and keep one half.", 0.6),
    Line(7, "picture_in_picture", "Every step halves the problem, and that is why halving wins.", 1.5),
    Line(
        7,
        "speaker",
        "Remember this for the exam: you must trace a binary search by hand and explain why it stops.",
        0.6,
    ),
    Line(7, "speaker", "Write down low, mid and high for every step.", 0.7),
    Line(7, "speaker", "Thank you, and see you next week.", 0.0),
)


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the lecture during which ``value`` (a slide number or a layout) is shown; seconds."""

    start_s: float
    end_s: float
    value: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """When each line is spoken (seconds, same order as ``LINES``) and what is shown; ``duration_s`` in whole frames."""

    duration_s: float
    spoken: tuple[tuple[float, float], ...]
    slides: tuple[Span, ...]
    layouts: tuple[Span, ...]


def on_frame(time_s: float) -> float:
    """The time of the video frame nearest to ``time_s``."""
    return round(time_s * FPS) / FPS


def timeline(lengths_s: list[float]) -> Timeline:
    """Lay out the lines, given how long each takes to say."""
    spoken = []
    now_s = LEAD_IN_S
    for line, length_s in zip(LINES, lengths_s, strict=True):
        spoken.append((now_s, now_s + length_s))
        now_s += length_s + line.pause_s
    duration_s = on_frame(now_s + LEAD_OUT_S)
    starts_s = [start_s for start_s, _ in spoken]
    return Timeline(
        duration_s,
        tuple(spoken),
        _spans([str(line.slide) for line in LINES], starts_s, duration_s),
        _spans([line.layout for line in LINES], starts_s, duration_s),
    )


def _spans(values: list[str], starts_s: list[float], duration_s: float) -> tuple[Span, ...]:
    runs = [next(run) for _, run in groupby(range(len(values)), key=lambda index: values[index])]
    cuts_s = [0.0, *(on_frame(starts_s[index] - CUT_BEFORE_SPEECH_S) for index in runs[1:]), duration_s]
    return tuple(
        Span(start_s, end_s, values[index]) for index, (start_s, end_s) in zip(runs, pairwise(cuts_s), strict=True)
    )
