"""Burned captions hide neither the text of a slide nor a camera's picture, where there is room for them."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from agents.media.frames import frame_at
from agents.types import (
    Arrangement,
    AudioStream,
    ClipLayout,
    CompileRequest,
    PlannedClip,
    PlanSettings,
    Rect,
    Segment,
    TimeRange,
    VideoStream,
)
from agents.video_compiler.caption_burning import PlacedCaption, place_captions
from agents.video_compiler.caption_style import caption_style
from agents.video_compiler.captions import make_captions
from agents.video_compiler.geometry import Aspect, Part, make_scene
from agents.video_compiler.plan import RenderPlan, make_plan
from agents.video_compiler.scenes import drawn, joined, scene_runs
from agents.video_compiler.slide_pictures import SlidePicture
from agents.video_compiler.source import Source
from tests.agents.compiler_media import render
from tests.agents.video_compiler.drawn_slides import DARK, HEIGHT, LIGHT, WIDTH, Slide, bullets, meet
from tests.media_factory import make_media

SIZE = (WIDTH, HEIGHT)
SPEECH = "So this is what we mean when we say that a sequence converges to its limit, and it is all that we mean."
SEGMENTS = (Segment(0.0, 6.0, SPEECH), Segment(6.0, 12.0, SPEECH))
CORNERS: dict[str, Rect] = {
    "none": (0, 0, 0, 0),
    "top right": (940, 20, 320, 180),
    "bottom right": (940, 520, 320, 180),
    "bottom left": (20, 520, 320, 180),
}


def plan_of(camera: Rect | None, arrangement: Arrangement = "full", aspect: Aspect = "source") -> RenderPlan:
    layout = ClipLayout(0.0, 12.0, "picture_in_picture" if camera else "slides", arrangement, (0, 0, *SIZE), camera)
    clip = PlannedClip(1, "", "", 0.0, 12.0, (TimeRange(0.0, 12.0),), 1.0, {}, (), (layout,))
    request = CompileRequest("in.mp4", clip, PlanSettings(aspect=aspect), "/out", SEGMENTS, captions="burned")
    video = VideoStream(0, "h264", *SIZE, *SIZE, 25.0, 0, "1:1", "yuv420p")
    return make_plan(request, Source(video, AudioStream(1, "aac", 48_000, 1), 12.0, Fraction(25)))


def placed_on(plan: RenderPlan, *slides: Slide) -> tuple[PlacedCaption, ...]:
    """``slides`` follow each other at equal distances."""
    shots = [SlidePicture(0, i * 300 // len(slides), slide.picture) for i, slide in enumerate(slides)]
    captions = make_captions(SEGMENTS, plan.cut, caption_style(plan.canvas).max_columns)
    assert captions
    return place_captions(captions, plan, shots)


def on_canvas(rect: Rect, part: Part) -> Rect:
    scale = part.target[2] / part.source[2]
    x, y = ((rect[i] - part.source[i]) * scale + part.target[i] for i in (0, 1))
    return round(x), round(y), round(rect[2] * scale), round(rect[3] * scale)


def assert_nothing_hidden(placed: tuple[PlacedCaption, ...], plan: RenderPlan, texts: list[Rect]) -> None:
    scene = plan.runs[0].scene
    style = caption_style(plan.canvas)
    for caption in placed:
        x, y, width, height = caption.box
        assert min(x, plan.canvas[0] - x - width) >= style.margin_x // 2
        assert min(y, plan.canvas[1] - y - height) >= min(style.margin_x, style.margin_y)
        for camera in scene.cameras:
            assert not meet(caption.box, camera)
        for text in texts:
            for part in scene.parts:
                if part.target not in scene.cameras:
                    assert not meet(caption.box, on_canvas(text, part)), (caption.lines, text)


@pytest.mark.parametrize("corner", CORNERS)
@pytest.mark.parametrize("tones", [LIGHT, DARK])
@pytest.mark.parametrize("slide", ["room below", "page number below", "room in the middle", "room above", "narrow"])
def test_captions_find_the_room_that_a_slide_has(slide: str, tones: tuple[int, int], corner: str) -> None:
    drawn = {
        "room below": bullets(170, 430, tones=tones),
        "page number below": bullets(170, 430, tones=tones).write("17 / 64", 600, 690, size=0.6),
        "room in the middle": Slide(tones).write("A title", 70, 80, size=1.6).write("x" * 50, 90, 240)
        .write("a source given in a long line of small type", 350, 640, size=0.7).write("y" * 30, 350, 690),
        "room above": Slide(tones).write("z" * 20, 400, 400).write("z" * 40, 350, 480).write("z" * 40, 350, 560)
        .write("z" * 40, 350, 640).write("z" * 40, 350, 690),
        "narrow": bullets(170, 700, tones=tones, wide=False),
    }[slide]  # fmt: skip
    camera = CORNERS[corner] if corner != "none" else None
    plan = plan_of(camera)
    placed = placed_on(plan, drawn)
    if slide == "narrow" and corner == "bottom right":
        return  # the strip between text and camera is narrower than a caption
    assert_nothing_hidden(placed, plan, drawn.texts)


@pytest.mark.parametrize("aspect", ["16:9", "9:16", "1:1"])
@pytest.mark.parametrize("arrangement", ["split", "stack", "full"])
def test_every_arrangement_has_a_place_for_captions(arrangement: Arrangement, aspect: Aspect) -> None:
    slide = bullets(170, 520)
    plan = plan_of(CORNERS["top right"], arrangement, aspect)
    assert_nothing_hidden(placed_on(plan, slide), plan, slide.texts)


def test_captions_stay_put_on_slides_that_all_have_the_same_room() -> None:
    plan = plan_of(None)
    placed = placed_on(plan, bullets(170, 430), bullets(170, 500, wide=False), bullets(170, 300, tones=DARK))
    assert len({(caption.place.x, caption.place.y) for caption in placed}) == 1


def test_captions_move_where_no_place_is_free_on_all_slides() -> None:
    plan = plan_of(None)
    above, below = Slide(), Slide()
    for baseline in range(60, 380, 40):
        above.write("w" * 44, 90, baseline)
        below.write("w" * 44, 90, baseline + 340)
    placed = placed_on(plan, above, below)
    for caption in placed:
        texts = [text for slide, shown in ((above, caption.start < 150), (below, caption.end > 150)) if shown
                 for text in slide.texts]  # fmt: skip
        if caption.end <= 150 or caption.start >= 150:
            assert not any(meet(caption.box, text) for text in texts)
    assert len({caption.place.y for caption in placed}) > 1


def test_captions_are_at_the_bottom_of_every_slide_that_has_room_there() -> None:
    """The last slides have none; a gap in the middle, that all have, is not what people look at."""
    plan = plan_of(None)
    first, second = Slide(), Slide()
    for baseline in (80, 160, 240):
        first.write("w" * 44, 90, baseline)
    for baseline in (80, 160, 600, 660, 700):
        second.write("w" * 44, 90, baseline)
    placed = placed_on(plan, first, second)
    assert_nothing_hidden(tuple(c for c in placed if c.end <= 150), plan, first.texts)
    assert_nothing_hidden(tuple(c for c in placed if c.start >= 150), plan, second.texts)
    style = caption_style(plan.canvas)
    assert {c.place.y for c in placed if c.end <= 150} == {720 - style.margin_y - style.padding}
    assert {c.place.y for c in placed if c.start >= 150} != {720 - style.margin_y - style.padding}


def test_captions_stand_above_a_task_bar_rather_than_at_the_top() -> None:
    """The second picture has no room but at the top: the first one has, right above the bar."""
    plan = plan_of(None)
    first, second = Slide(DARK), Slide(DARK)
    for slide in first, second:
        slide.picture[684:] = 90
    for baseline in range(200, 720, 34):
        second.write("m" * 56, 20, baseline)
    first.write("x = 1", 90, 200)
    placed = placed_on(plan, first, second)
    assert {c.place.y > 560 for c in placed if c.end <= 150} == {True}
    assert {c.place.y < 200 for c in placed if c.start >= 150} == {True}


def test_a_short_caption_fits_where_the_longest_of_its_scene_does_not() -> None:
    """Text on the left, from top to bottom, and room for half a line beside it."""
    plan = plan_of(None)
    slide = Slide()
    for baseline in range(40, 720, 34):
        slide.write("m" * 18, 20, baseline)
    segments = (Segment(0.0, 3.0, "And so it is."), Segment(3.0, 12.0, SPEECH))
    captions = make_captions(segments, plan.cut, caption_style(plan.canvas).max_columns)
    placed = place_captions(captions, plan, [SlidePicture(0, 0, slide.picture)])
    assert_nothing_hidden(placed[:1], plan, slide.texts)
    assert placed[0].lines == ("And so it is.",)


def test_captions_stand_on_the_bar_below_a_screen_across_its_border() -> None:
    """The bar is a little lower than two lines with their margin."""
    plan = plan_of(None)
    screen: Rect = (0, 120, 852, 480)
    layout = ClipLayout(0.0, 12.0, "side_by_side", "full", screen, (852, 240, 428, 240))
    scene = make_scene(layout, SIZE, plan.canvas, plan.caption_height)
    picture = np.zeros((HEIGHT, WIDTH), np.uint8)
    picture[120:600, :852] = 240
    captions = make_captions(SEGMENTS, plan.cut, caption_style(plan.canvas).max_columns)
    plan = replace(plan, runs=(replace(plan.runs[0], scene=scene, span=layout),))
    style = caption_style(plan.canvas)
    placed = place_captions(captions, plan, [SlidePicture(0, 0, picture)])
    assert {caption.place.y for caption in placed} == {720 - style.margin_y - style.padding}


def test_a_speakers_captions_are_not_where_the_slide_before_had_room() -> None:
    """Both are shown whole: the graph need not tell them apart, and captions do."""
    plan = plan_of(None)
    slide = Slide()
    for baseline in range(200, 720, 34):
        slide.write("m" * 56, 20, baseline)
    spans = (
        ClipLayout(0.0, 6.0, "slides", "full", (0, 0, *SIZE), None),
        ClipLayout(6.0, 12.0, "speaker", "full", None, (0, 0, *SIZE)),
    )
    runs = joined(scene_runs(spans, plan.cut, SIZE, plan.canvas, plan.caption_height))[0]
    assert len(drawn(runs)) == 1
    captions = make_captions(SEGMENTS, plan.cut, caption_style(plan.canvas).max_columns)
    placed = place_captions(captions, replace(plan, runs=runs), [SlidePicture(0, 0, slide.picture)])
    assert {(caption.place.y < 360) for caption in placed if caption.start < 150} == {True}
    assert {(caption.place.x, caption.place.y > 600) for caption in placed if caption.start >= 150} == {(640, True)}


def test_who_stands_before_a_board_does_not_chase_captions_up() -> None:
    """Legs before a floor are no text; on a slide the same lines are a drawing."""
    plan = plan_of(None)
    picture = np.full((HEIGHT, WIDTH), 90, np.uint8)
    picture[200:, 560:680] = 30
    captions = make_captions(SEGMENTS, plan.cut, caption_style(plan.canvas).max_columns)
    usual = 720 - caption_style(plan.canvas).margin_y - caption_style(plan.canvas).padding
    for room in (True, False):
        placed = place_captions(captions, plan, [SlidePicture(0, 0, picture, room)])
        assert ({caption.place.y for caption in placed} == {usual} and placed[0].place.x == 640) is room


def test_a_full_slide_gets_its_captions_at_the_bottom() -> None:
    plan = plan_of(None)
    slide = Slide()
    for baseline in range(40, 720, 34):
        slide.write("m" * 56, 20, baseline)
    style = caption_style(plan.canvas)
    assert {caption.place.y for caption in placed_on(plan, slide)} == {720 - style.margin_y - style.padding}


def test_captions_that_fit_nowhere_stay_where_people_look_for_them() -> None:
    """Lines everywhere, some short: the least text is hidden in their midst, and captions there would be a mess."""
    slide = Slide()
    for i, baseline in enumerate(range(40, 720, 34)):
        slide.write("m" * (20 if i in (8, 9) else 56), 20, baseline)
    plan = plan_of(None)
    places = {(caption.place.x, caption.place.y) for caption in placed_on(plan, slide, slide)}
    assert len(places) == 1
    assert places.pop()[1] > 600


def test_a_letterboxed_slide_makes_room_below_it() -> None:
    plan = plan_of(None, "full", "1:1")
    assert plan.runs[0].scene.parts[0].target == (0, 156, 720, 406)
    narrow = make_scene(None, (640, 480), (720, 720), 95)
    _, y, _, height = narrow.parts[0].target
    assert 720 - y - height >= 95 + 36
    assert make_scene(None, (640, 480), (720, 720), 0).parts[0].target == (0, 90, 720, 540)
    assert make_scene(None, (640, 560), (720, 720), 95).parts[0].target == (0, 44, 720, 630)


def shown(path: Path, time_s: float) -> NDArray[np.int16]:
    return frame_at(path, time_s).picture.astype(np.int16)


@pytest.mark.media
def test_no_letter_of_a_slide_changes_when_captions_are_burned(tmp_path: Path) -> None:
    slide = bullets(170, 300).write("the last line of the slide, in the middle", 330, 690, size=1.0)
    raw = tmp_path / "slide.gray"
    raw.write_bytes(slide.picture.tobytes() * 30)
    frames = ("-f", "rawvideo", "-pix_fmt", "gray", "-s", "1280x720", "-r", "10", "-i", str(raw))
    codec = ("-c:v", "libx264", "-preset", "ultrafast", "-crf", "12", "-pix_fmt", "yuv420p")
    media = make_media(tmp_path / "in.mp4", *frames, *codec)
    layout = (ClipLayout(0.0, 3.0, "slides", "full", (0, 0, 1280, 720), None),)
    segments = (Segment(0.5, 2.0, "This is said while the slide is up"),)
    _, plain = render(media, tmp_path / "plain", (0.0, 3.0), layout=layout, segments=segments, captions="sidecar")
    _, burned = render(media, tmp_path / "burned", (0.0, 3.0), layout=layout, segments=segments, captions="burned")
    changed = np.abs(shown(burned, 1.5) - shown(plain, 1.5)).max(axis=2) > 60
    assert changed.sum() > 5000
    for x, y, width, height in slide.texts:
        assert not changed[y : y + height, x : x + width].any()
    for time_s in (0.2, 2.8):
        assert (np.abs(shown(burned, time_s) - shown(plain, time_s)) > 60).sum() < 20
    box = shown(burned, 1.5)[changed]
    assert 50 < np.median(box) < 110, "the slide shines through the box"
