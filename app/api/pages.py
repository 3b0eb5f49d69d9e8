"""Pages of a list: an opaque cursor, and the link to the next page (RFC 8288)."""

import base64
import binascii
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Request

from app.core.errors import FieldProblem, InvalidRequest


def cursor_of(last: UUID) -> str:
    """The cursor of the page after ``last``."""
    return base64.urlsafe_b64encode(last.bytes).decode().rstrip("=")


def read_cursor(cursor: str | None) -> UUID | None:
    """The id a cursor stands for. Raises InvalidRequest."""
    if cursor is None:
        return None
    try:
        return UUID(bytes=base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError):
        raise InvalidRequest(
            "The cursor is not one of ours.",
            errors=(FieldProblem("query.cursor", "must be the cursor of a page that this server gave"),),
        ) from None


def next_page(request: Request, base_url: str, last: UUID) -> str:
    """The same query with the cursor after ``last``."""
    query = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
    return f"{base_url}{request.url.path}?{urlencode([*query, ('cursor', cursor_of(last))])}"
