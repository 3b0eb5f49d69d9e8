"""Decide: which scene is shown in which frames of the clip."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from agents.types import ClipLayout
from agents.video_compiler.geometry import Scene, Size, make_scene
from agents.video_compiler.timing import Cut


@dataclass(frozen=True)
class SceneRun:
    """``scene`` is shown in frames ``[start, end)`` of the clip. It was arranged from ``span``."""

    start: int
    end: int
    scene: Scene
    span: ClipLayout | None = None


def scene_runs(
    layout: Sequence[ClipLayout], cut: Cut, source: Size, canvas: Size, caption_height: int
) -> tuple[SceneRun, ...]:
    """Cover the whole clip, in order. Neighbours that put the same pixels in the same places are one run.

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
            if runs and runs[-1].scene.parts == scene.parts and runs[-1].scene.cameras == scene.cameras:
                runs[-1] = replace(runs[-1], end=first + end - start)
            else:
                runs.append(SceneRun(first, first + end - start, scene, shown))
    return tuple(runs)
