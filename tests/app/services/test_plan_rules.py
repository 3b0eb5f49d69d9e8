"""Edited plans against their recording: what fits, and which fields are named where something does not."""

from typing import Any

import pytest
from pydantic import ValidationError

from app.services.edit_plans import EditPlan
from app.services.plan_rules import plan_problems


def clip(**values: Any) -> dict[str, Any]:
    return {"rank": 1, "title": "Heaps", "start_s": 10.0, "end_s": 40.0, **values}


def span(**values: Any) -> dict[str, Any]:
    return {"start_s": 10.0, "end_s": 40.0, "layout": "slides", "arrangement": "full", **values}


def ranges(*pairs: tuple[float, float]) -> list[dict[str, float]]:
    return [{"start_s": start_s, "end_s": end_s} for start_s, end_s in pairs]


def fields(*clips: dict[str, Any], size: tuple[int, int] | None = (1280, 720)) -> list[str]:
    plan = EditPlan.model_validate({"clips": clips})
    return [each.field.removeprefix("body.clips.") for each in plan_problems(plan, duration_s=300.0, size=size)]


@pytest.mark.parametrize(
    "given",
    [
        clip(),
        clip(end_s=300.0004),
        clip(keep=ranges((10, 20), (20, 40))),
        clip(keep=ranges((12, 13), (30, 31))),
        clip(layout=[span(screen=[0, 0, 1280, 720], camera=[1279, 719, 1, 1])]),
        clip(layout=[]),
    ],
)
def test_what_fits(given: dict[str, Any]) -> None:
    assert fields(given) == []


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        (clip(end_s=10.0), ["0.end_s", "0.keep"]),
        (clip(start_s=290.0, end_s=301.0), ["0.end_s"]),
        (clip(end_s=10.2), ["0.keep"]),
        (clip(keep=ranges((9, 20))), ["0.keep.0.start_s"]),
        (clip(keep=ranges((10, 41))), ["0.keep.0.end_s"]),
        (clip(keep=ranges((10, 20), (19, 30))), ["0.keep.1.start_s"]),
        (clip(keep=ranges((20, 30), (12, 15))), ["0.keep.1.start_s"]),
        (clip(keep=ranges((20, 20), (30, 35))), ["0.keep.0.end_s"]),
        (clip(layout=[span(end_s=301)]), ["0.layout.0.end_s"]),
        (clip(layout=[span(end_s=10)]), ["0.layout.0.end_s"]),
        (clip(layout=[span(screen=[1, 0, 1280, 720])]), ["0.layout.0.screen"]),
        (clip(layout=[span(camera=[0, 700, 100, 21])]), ["0.layout.0.camera"]),
        (clip(layout=[span(camera=[0, 0, 0, 10])]), ["0.layout.0.camera"]),
    ],
)
def test_what_does_not(given: dict[str, Any], wrong: list[str]) -> None:
    assert fields(given) == wrong


@pytest.mark.parametrize(
    ("plan", "field"),
    [
        ({}, "clips"),
        ({"clips": []}, "clips"),
        ({"clips": [clip(rank=1)] * 21}, "clips"),
        ({"clips": [clip()], "surprise": 1}, "surprise"),
        ({"clips": [clip()], "settings": {"aspect": "4:3"}}, "settings.aspect"),
        ({"clips": [clip(surprise=1)]}, "clips.0.surprise"),
        ({"clips": [clip(title="")]}, "clips.0.title"),
        ({"clips": [clip(title="a\0b")]}, "clips.0.title"),
        ({"clips": [clip(score_parts={"a\0b": 1.0})]}, "clips.0.score_parts.a\0b.[key]"),
        ({"clips": [clip(start_s=-1.0)]}, "clips.0.start_s"),
        ({"clips": [clip(end_s="soon")]}, "clips.0.end_s"),
        ({"clips": [clip(rank=21)]}, "clips.0.rank"),
        ({"clips": [clip(keep=[])]}, "clips.0.keep"),
        ({"clips": [clip(layout=[span(screen=[0, 0, 1280])])]}, "clips.0.layout.0.screen.3"),
        ({"clips": [clip(layout=[span(screen=[0, 0, 1280, 10**9])])]}, "clips.0.layout.0.screen.3"),
        ({"clips": [clip(layout=[span(arrangement="cube")])]}, "clips.0.layout.0.arrangement"),
    ],
)
def test_what_is_no_plan(plan: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as caught:
        EditPlan.model_validate(plan)
    assert field in [".".join(map(str, each["loc"])) for each in caught.value.errors()]


def test_a_clip_is_not_longer_than_ten_minutes() -> None:
    plan = EditPlan.model_validate({"clips": [clip(end_s=700.0)]})
    assert [each.field for each in plan_problems(plan, duration_s=3600, size=None)] == ["body.clips.0.keep"]


def test_ranks_count_the_clips() -> None:
    assert fields(clip(rank=2), clip(rank=1)) == []
    assert fields(clip(rank=1), clip(rank=1)) == ["1.rank"]
    assert fields(clip(rank=1), clip(rank=3)) == ["1.rank"]


def test_without_a_picture_there_are_no_rectangles() -> None:
    assert fields(clip(layout=[span(screen=[0, 0, 10, 10])]), size=None) == ["0.layout.0.screen"]
    assert fields(clip(layout=[span()]), size=None) == []
