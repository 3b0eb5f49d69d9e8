"""The part ``options``: JSON text that becomes typed options, or problems that name their fields."""

from pydantic import ValidationError

from app.core.errors import FieldProblem, InvalidRequest
from app.services.options import HighlightsOptions


def parse_options(text: bytes) -> HighlightsOptions:
    """Options from JSON; defaults where ``text`` is empty. Raises InvalidRequest."""
    if not text.strip():
        return HighlightsOptions()
    try:
        return HighlightsOptions.model_validate_json(text)
    except ValidationError as error:
        raise InvalidRequest(
            "The options cannot be used.",
            errors=tuple(
                FieldProblem(".".join(("body", "options", *map(str, each["loc"]))), each["msg"])
                for each in error.errors(include_url=False, include_input=False, include_context=False)
            ),
        ) from error
