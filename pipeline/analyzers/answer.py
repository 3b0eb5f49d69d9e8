"""The answer a model is to give for one window: its JSON Schema, and how what came is read."""

import json
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

REASONS = ("definition", "key_point", "remember", "exam_hint", "recap", "example", "result", "explanation")
MOST_ITEMS = 400
_LONGEST = 4000
_MOST_KEYWORDS = 50


def whole(text: str) -> str:
    """Without halves of characters (``\\ud800``), which can be neither stored nor sent."""
    return text.encode("utf-8", "replace").decode()


def _bounded(value: object) -> object:
    """Cut, where it is much too long: one odd title is no reason to pay for a whole answer again."""
    if isinstance(value, str):
        return whole(value[:_LONGEST])
    return value[:_MOST_KEYWORDS] if isinstance(value, list) else value


Text = Annotated[str, BeforeValidator(_bounded)]
Share = Annotated[float, Field(allow_inf_nan=False)]


class _Item(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class TopicItem(_Item):
    first: int
    title: Text
    keywords: Annotated[list[Text], BeforeValidator(_bounded)]
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
    if not text.rpartition("</think>")[2].strip():
        raise UnusableAnswer("The answer is empty.")
    try:
        data = _object_in(text)
    except (ValueError, RecursionError):
        try:
            data = _object_in(text.rpartition("</think>")[2])
        except (ValueError, RecursionError):
            raise UnusableAnswer("The answer is not valid JSON.") from None
    try:
        return WindowAnswer.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])[:100]
        raise UnusableAnswer(f"The JSON does not fit the schema: {where or 'value'}: {first['msg']}.") from None


def _object_in(text: str) -> object:
    return json.loads(text[max(text.find("{"), 0) : text.rfind("}") + 1 or None])


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
