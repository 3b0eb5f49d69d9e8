"""Numbers are numbers and truth values truth values, within the limits that the schema still shows."""

from typing import Annotated, Any

import pytest
from pydantic import BaseModel, Field, ValidationError

from app.core.json_types import A_NUMBER, Boolean


class Options(BaseModel):
    count: Annotated[int | None, Field(ge=1, le=20), A_NUMBER] = None
    length_s: Annotated[float, Field(gt=0), A_NUMBER] = 1.0
    cut: Boolean = False


@pytest.mark.parametrize(
    "given", [{"count": 6}, {"count": 6.0}, {"count": None}, {"length_s": 2}, {"length_s": 0.5}, {"cut": True}]
)
def test_taken(given: dict[str, Any]) -> None:
    found = Options.model_validate(given).model_dump(include=set(given))
    assert found == given


@pytest.mark.parametrize(
    "given",
    [
        {"count": "6"},
        {"count": True},
        {"count": False},
        {"count": 6.5},
        {"count": 0},
        {"count": 21},
        {"count": float("inf")},
        {"length_s": "0.5"},
        {"length_s": True},
        {"length_s": 0},
        {"cut": 0},
        {"cut": 1},
        {"cut": "true"},
        {"cut": None},
    ],
)
def test_refused(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as refusal:
        Options.model_validate(given)
    assert [each["loc"] for each in refusal.value.errors()] == [tuple(given)]


def test_the_schema_keeps_its_limits() -> None:
    properties = Options.model_json_schema()["properties"]
    assert properties["count"]["anyOf"] == [{"type": "integer", "minimum": 1, "maximum": 20}, {"type": "null"}]
    assert properties["length_s"] == {"title": "Length S", "type": "number", "exclusiveMinimum": 0, "default": 1.0}
    assert properties["cut"]["type"] == "boolean"
