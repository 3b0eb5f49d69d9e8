"""Decide: which caption stands where, and in which frames of the clip it does so."""

from collections.abc import Sequence
from dataclasses import dataclass

from agents.types import Rect
from agents.video_compiler.caption_places import CaptionPlace, Ground, box_of, caption_place
from agents.video_compiler.caption_style import CaptionStyle, caption_style
from agents.video_compiler.captions import Caption
from agents.video_compiler.geometry import Size
from agents.video_compiler.plan import RenderPlan
from agents.video_compiler.scenes import SceneRun
from agents.video_compiler.slide_pictures import SlidePicture
from agents.video_compiler.slide_text import nothing, text_cells


@dataclass(frozen=True)
class PlacedCaption:
    """``lines`` stand at ``place`` in frames ``[start, end)`` of the clip; ``box`` is about what they cover."""

    start: int
    end: int
    lines: tuple[str, ...]
    place: CaptionPlace
    box: Rect


def place_captions(
    captions: Sequence[Caption], plan: RenderPlan, pictures: Sequence[SlidePicture] = ()
) -> tuple[PlacedCaption, ...]:
    """Each caption in each scene that it is shown in, in order.

    Captions stay in the first of their places where it is free on the slide behind them; else in one place that is
    free on all slides of the scene; where there is none, a caption moves to one that is free on its slide.
    """
    style = caption_style(plan.canvas)
    shown = [(caption, *_frames(caption, plan)) for caption in captions]
    placed: list[PlacedCaption] = []
    for number, run in enumerate(plan.runs):
        within = [(caption, max(start, run.start), min(end, run.end)) for caption, start, end in shown]
        within = [(caption, start, end) for caption, start, end in within if end > start]
        if within:
            placed += _in_scene(within, run, plan, [shot for shot in pictures if shot.run == number], style)
    return tuple(placed)


def _in_scene(
    captions: Sequence[tuple[Caption, int, int]],
    run: SceneRun,
    plan: RenderPlan,
    pictures: Sequence[SlidePicture],
    style: CaptionStyle,
) -> list[PlacedCaption]:
    sizes = [style.box_size(caption.lines) for caption, _, _ in captions]
    wide, tall = max(w for w, _ in sizes), max(h for _, h in sizes)
    first = caption_place(Ground(run.scene, plan.canvas, nothing(plan.canvas)), style, wide, tall)
    usual = caption_place(_ground(run, plan, pictures), style, wide, tall)
    last, placed = usual, list[PlacedCaption]()
    for (caption, start, end), size in zip(captions, sizes, strict=True):
        place = usual
        if usual != first and pictures:
            ground = _ground(run, plan, _behind(pictures, start, end))
            found = (_free(ground, style, (first, usual, last), box) for box in ((wide, tall), size))
            place = next((at for at in found if at is not None), usual)
        last = place
        placed.append(PlacedCaption(start, end, caption.lines, place, box_of(place, style, *size)))
    return placed


def _free(ground: Ground, style: CaptionStyle, known: Sequence[CaptionPlace], size: Size) -> CaptionPlace | None:
    """The first of the ``known`` places where a box of ``size`` hides nothing, else any such place.

    One in the lower half goes before any in the upper half.
    """
    anew = caption_place(ground, style, *size)
    if anew.cost > 0:
        return None
    low = [at for at in (*known, anew) if at.y > ground.canvas[1] / 2]
    places = low if anew in low else (*known, anew)
    return next(at for at in places if ground.cost(box_of(at, style, *size)) == 0)


def _ground(run: SceneRun, plan: RenderPlan, pictures: Sequence[SlidePicture]) -> Ground:
    """Without pictures of its slide, a screen counts as full."""
    if not pictures and run.scene.screens:
        return Ground(run.scene, plan.canvas)
    cells = text_cells([shot.picture for shot in pictures], run.scene, plan.source.size, plan.canvas)
    return Ground(run.scene, plan.canvas, cells, room=any(shot.room for shot in pictures))


def _behind(pictures: Sequence[SlidePicture], start: int, end: int) -> list[SlidePicture]:
    """The pictures taken while a caption is up, and the last one before."""
    before = [shot for shot in pictures if shot.frame <= start]
    return [*(before[-1:] or pictures[:1]), *(shot for shot in pictures if start < shot.frame < end)]


def _frames(caption: Caption, plan: RenderPlan) -> tuple[int, int]:
    """A caption's first frame and the one after its last."""
    start, end = (round(time_s * plan.cut.rate) for time_s in (caption.start_s, caption.end_s))
    return max(start, 0), min(end, plan.cut.frames)
