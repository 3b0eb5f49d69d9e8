"""Requests and results as JSON, checked against their dataclasses on both sides of the process boundary."""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from agents.errors import InvalidRequest

T = TypeVar("T")


def _make_adapter(kind: Any) -> TypeAdapter[Any]:
    """In a function of its own: an adapter keeps the variables around it, which must not be somebody's transcript."""
    return TypeAdapter(kind)


_adapter: Callable[[Any], TypeAdapter[Any]] = cache(_make_adapter)


def to_json(value: object) -> str:
    """A dataclass from ``agents.types`` as JSON text."""
    return _adapter(type(value)).dump_json(value).decode()


def to_data(value: object) -> Any:
    """A dataclass from ``agents.types`` as plain dicts, lists and numbers."""
    return _adapter(type(value)).dump_python(value, mode="json")


def from_data(kind: type[T], data: object) -> T:
    """Build ``kind`` from plain data. Raises InvalidRequest naming the first field that does not fit."""
    try:
        found: T = _adapter(kind).validate_python(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InvalidRequest(f"{kind.__name__}: {where or 'value'}: {first['msg']}") from error
    return found


def from_file(kind: type[T], path: str | Path) -> T:
    """Read ``kind`` from a JSON file."""
    try:
        data = json.loads(Path(path).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidRequest(f"{Path(path).name} is not a readable JSON file.") from error
    return from_data(kind, data)
