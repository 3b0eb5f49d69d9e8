"""Decide: which scene is shown in which frames of the clip."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from agents.types import ClipLayout, Rect
from agents.video_compiler.geometry import Scene, Size, make_scene
from agents.video_compiler.timing import Cut


@dataclass(frozen=True)
class SceneRun:
    """``scene`` is shown in frames ``[start, end)`` of the clip. It was arranged from ``span``."""

    start: int
    end: int
    scene: Scene
    span: ClipLayout | None = None


Look = tuple[str, str, Rect | None, Rect | None] | None


def look_of(span: ClipLayout | None) -> Look:
    """All that a scene is arranged by: spans of one look are framed alike."""
    return (span.layout, span.arrangement, span.screen, span.camera) if span else None


def joined(runs: Sequence[SceneRun]) -> tuple[tuple[SceneRun, ...], tuple[int, ...]]:
    """Neighbours that put the same pixels in the same places as one run, and in which of them each run is now.

    A speaker, slides and a board stay apart: captions stand elsewhere on each.
    """
    found: list[SceneRun] = []
    places: list[int] = []
    for run in runs:
        if found and found[-1].scene.parts == run.scene.parts and _ground(found[-1]) == _ground(run):
            found[-1] = replace(found[-1], end=run.end)
        else:
            found.append(run)
        places.append(len(found) - 1)
    return tuple(found), tuple(places)


def _ground(run: SceneRun) -> tuple[tuple[Rect, ...], bool, bool]:
    """All that captions in a run are placed by, but for its pictures."""
    return run.scene.cameras, bool(run.scene.screens), is_room(run)


def is_room(run: SceneRun) -> bool:
    """A room's camera shows a board and somebody before it."""
    return run.span is not None and run.span.layout == "board"


def drawn(runs: Sequence[SceneRun]) -> tuple[SceneRun, ...]:
    """The fewest runs that draw the same pictures."""
    found: list[SceneRun] = []
    for run in runs:
        if found and found[-1].scene.parts == run.scene.parts:
            found[-1] = replace(found[-1], end=run.end)
        else:
            found.append(run)
    return tuple(found)


def scene_runs(
    layout: Sequence[ClipLayout], cut: Cut, source: Size, canvas: Size, caption_height: int
) -> tuple[SceneRun, ...]:
    """Cover the whole clip, in order. Neighbours of one look are one run.

    Where no span says how the source looks, the whole frame is shown.
    """
    spans = sorted(layout, key=lambda span: span.start_s)
    runs: list[SceneRun] = []
    for kept in cut.ranges:
        edges = {kept.start, kept.end}
        for span in spans:
            edges |= {frame for frame in map(cut.frame_at, (span.start_s, span.end_s)) if kept.start < frame < kept.end}
        ordered = sorted(edges)
        for start, end in pairwise(ordered):
            middle_s = cut.source_s(start) + float((end - start) / cut.rate) / 2
            shown = next((span for span in spans if span.start_s <= middle_s < span.end_s), None)
            scene = make_scene(shown, source, canvas, caption_height)
            first = kept.clip_start + start - kept.start
            if runs and look_of(runs[-1].span) == look_of(shown):
                runs[-1] = replace(runs[-1], end=first + end - start)
            else:
                runs.append(SceneRun(first, first + end - start, scene, shown))
    return tuple(runs)
