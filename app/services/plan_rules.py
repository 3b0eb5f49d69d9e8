"""What must hold of an edited plan beside the form of its fields: ranges and rectangles fit their recording."""

from collections.abc import Iterator

from app.core.errors import FieldProblem
from app.services.edit_plans import EditPlan, PlanClip, PlanLayout, PlanRange

MIN_KEPT_S = 0.5
MAX_KEPT_S = 600.0
TOLERANCE_S = 0.001
Size = tuple[int, int]


def plan_problems(plan: EditPlan, *, duration_s: float, size: Size | None) -> tuple[FieldProblem, ...]:
    """Everything that does not fit, by field. ``size`` is the picture's width and height, None without one."""
    found = list(_ranks(plan.clips))
    for position, clip in enumerate(plan.clips):
        field = f"body.clips.{position}"
        found += _range(field, clip, duration_s)
        found += _keep(field, clip)
        for number, span in enumerate(clip.layout or ()):
            found += _range(f"{field}.layout.{number}", span, duration_s)
            found += _rectangles(f"{field}.layout.{number}", span, size)
    return tuple(found)


def _ranks(clips: tuple[PlanClip, ...]) -> Iterator[FieldProblem]:
    seen: set[int] = set()
    for position, clip in enumerate(clips):
        if clip.rank in seen:
            yield FieldProblem(f"body.clips.{position}.rank", f"{clip.rank} is the rank of another clip too")
        elif clip.rank > len(clips):
            yield FieldProblem(f"body.clips.{position}.rank", f"ranks go from 1 to {len(clips)}, the number of clips")
        seen.add(clip.rank)


def _range(field: str, given: PlanRange, duration_s: float) -> Iterator[FieldProblem]:
    if given.end_s <= given.start_s:
        yield FieldProblem(f"{field}.end_s", "must be greater than start_s")
    if given.end_s > duration_s + TOLERANCE_S:
        yield FieldProblem(f"{field}.end_s", f"is after the recording's end at {duration_s:.3f} s")


def _keep(field: str, clip: PlanClip) -> Iterator[FieldProblem]:
    keep = clip.keep or (clip,)
    before_s = clip.start_s - TOLERANCE_S
    for number, kept in enumerate(clip.keep or ()):
        where = f"{field}.keep.{number}"
        if kept.start_s < before_s:
            beside = "begins before the clip does" if number == 0 else "begins before the range before it ends"
            yield FieldProblem(f"{where}.start_s", beside)
        if kept.end_s <= kept.start_s:
            yield FieldProblem(f"{where}.end_s", "must be greater than start_s")
        if kept.end_s > clip.end_s + TOLERANCE_S:
            yield FieldProblem(f"{where}.end_s", f"is after the clip's end at {clip.end_s:.3f} s")
        before_s = kept.end_s
    kept_s = sum(max(kept.end_s - kept.start_s, 0.0) for kept in keep)
    if not MIN_KEPT_S <= kept_s <= MAX_KEPT_S:
        limits = f"{MIN_KEPT_S:g} to {MAX_KEPT_S:g} s"
        yield FieldProblem(f"{field}.keep", f"the clip would last {kept_s:.3f} s; clips of {limits} are rendered")


def _rectangles(field: str, span: PlanLayout, size: Size | None) -> Iterator[FieldProblem]:
    for name, rectangle in (("screen", span.screen), ("camera", span.camera)):
        if rectangle is None:
            continue
        x, y, width, height = rectangle
        if size is None:
            yield FieldProblem(f"{field}.{name}", "must be null: the recording has no picture")
        elif width == 0 or height == 0 or x + width > size[0] or y + height > size[1]:
            yield FieldProblem(f"{field}.{name}", f"must lie inside the picture of {size[0]} by {size[1]} pixels")
