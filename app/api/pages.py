"""Pages of a list: an opaque cursor, and the link to the next page (RFC 8288)."""

import base64
from collections.abc import Callable, Sequence
from typing import Annotated, TypeVar
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Query, Request, Response

T = TypeVar("T")
DESCRIPTION = "Where the page before ended: the cursor of a page's `next`."
Cursor = Annotated[str | None, Query(pattern="^[A-Za-z0-9_-]{21}[AQgw]$", description=DESCRIPTION)]
"""16 bytes in base64url: all that fits the pattern can be read."""
NumberCursor = Annotated[str | None, Query(pattern="^A{10}[AB][A-Za-z0-9_-]{10}[AQgw]$", description=DESCRIPTION)]
"""Of a list whose ids are numbers from 0 to 2**63 - 1."""


def cursor_of(last: UUID) -> str:
    """The cursor of the page after ``last``."""
    return base64.urlsafe_b64encode(last.bytes).decode().rstrip("=")


def read_cursor(cursor: str | None) -> UUID | None:
    """The id that a ``Cursor`` or ``NumberCursor`` stands for."""
    return None if cursor is None else UUID(bytes=base64.urlsafe_b64decode(f"{cursor}=="))


def one_page(
    request: Request, response: Response, base_url: str, found: Sequence[T], *, limit: int, id_of: Callable[[T], UUID]
) -> tuple[Sequence[T], str | None]:
    """At most ``limit`` of ``found``, which has one more where there is a next page; and the link to that, which also
    goes into the Link header."""
    page = found[:limit]
    link = _next_page(request, base_url, id_of(page[-1])) if len(found) > limit else None
    if link is not None:
        response.headers["Link"] = f'<{link}>; rel="next"'
    return page, link


def _next_page(request: Request, base_url: str, last: UUID) -> str:
    """The same query with the cursor after ``last``."""
    query = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
    return f"{base_url}{request.url.path}?{urlencode([*query, ('cursor', cursor_of(last))])}"
