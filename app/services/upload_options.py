"""The part ``options``: JSON text that becomes typed options, or problems that name their fields."""

from pydantic import ValidationError

from app.core.errors import FieldProblem, InvalidRequest
from app.services.options import HighlightsOptions


def parse_options(text: bytes) -> HighlightsOptions:
    """Options from JSON; defaults where ``text`` is empty. Raises InvalidRequest."""
    if not text.strip():
        return HighlightsOptions()
    try:
        options = HighlightsOptions.model_validate_json(text)
    except ValidationError as error:
        raise InvalidRequest(
            "The options cannot be used.",
            errors=tuple(
                FieldProblem(".".join(("body", "options", *map(str, each["loc"]))), each["msg"])
                for each in error.errors(include_url=False, include_input=False, include_context=False)
            ),
        ) from error
    if options.focus is not None and "\0" in options.focus:  # PostgreSQL's text and jsonb hold no NUL
        raise InvalidRequest(
            "The options cannot be used.",
            errors=(FieldProblem("body.options.focus", "must not hold the character U+0000"),),
        )
    return options
