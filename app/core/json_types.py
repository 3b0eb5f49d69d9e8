"""Numbers and truth values as JSON has them: pydantic would also take `"6"` for a number and `0` for false."""

from typing import Any

from pydantic import BeforeValidator, StrictBool
from pydantic_core import PydanticCustomError

Boolean = StrictBool


def _number(value: Any) -> Any:
    """JSON Schema calls 6.0 an integer, so pydantic's own strictness would be too strict."""
    if isinstance(value, bool | str | bytes):
        raise PydanticCustomError("number_type", "Input should be a number")
    return value


A_NUMBER = BeforeValidator(_number)
"""Stands behind ``Field``: before it, the limits would be missing from the schema."""
