"""The answer a model is to give for one window: its JSON Schema, and how what came is read."""

import json
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

REASONS = ("definition", "key_point", "remember", "exam_hint", "recap", "example", "result", "explanation")
MOST_ITEMS = 400
_LONGEST = 4000

Text = Annotated[str, Field(max_length=_LONGEST)]
Share = Annotated[float, Field(allow_inf_nan=False)]


class _Item(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class TopicItem(_Item):
    first: int
    title: Text
    keywords: Annotated[list[Text], Field(max_length=50)]
    importance: Share


class KeyItem(_Item):
    number: int
    quote: Text
    importance: Share
    reason: Text


class Statement(_Item):
    text: Text
    number: int
    quote: Text


class WindowAnswer(_Item):
    """Numbers are those of sentences in the prompt; nothing here is trusted yet."""

    topics: Annotated[list[TopicItem], Field(max_length=MOST_ITEMS)]
    key_sentences: Annotated[list[KeyItem], Field(max_length=MOST_ITEMS)]
    summary: Annotated[list[Statement], Field(max_length=MOST_ITEMS)]


class UnusableAnswer(Exception):
    """The text says what is wrong with an answer, in words that can be sent back to the model."""


def parse(text: str) -> WindowAnswer:
    """Read an answer: what is before and behind the object (a fence, thoughts, courtesies) is passed over.

    Raises UnusableAnswer where it is no JSON or does not fit.
    """
    bare = text.rpartition("</think>")[2].strip()
    if not bare:
        raise UnusableAnswer("The answer is empty.")
    try:
        data = json.loads(bare[max(bare.find("{"), 0) : bare.rfind("}") + 1 or None])
    except (ValueError, RecursionError):
        raise UnusableAnswer("The answer is not valid JSON.") from None
    try:
        return WindowAnswer.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])[:100]
        raise UnusableAnswer(f"The JSON does not fit the schema: {where or 'value'}: {first['msg']}.") from None


def _object(**properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _list(item: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": item}


_TEXT, _NUMBER, _SHARE = {"type": "string"}, {"type": "integer"}, {"type": "number"}
SCHEMA: dict[str, Any] = _object(
    topics=_list(_object(first=_NUMBER, title=_TEXT, keywords=_list(_TEXT), importance=_SHARE)),
    key_sentences=_list(
        _object(number=_NUMBER, quote=_TEXT, importance=_SHARE, reason={"type": "string", "enum": list(REASONS)})
    ),
    summary=_list(_object(text=_TEXT, number=_NUMBER, quote=_TEXT)),
)
"""Plain enough for every server: no references, no defaults, every property required."""
