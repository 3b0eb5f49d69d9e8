"""Chooses between formats by the Accept header (RFC 9110 §12.5.1), and answers If-None-Match."""

from collections.abc import Sequence

from app.api.errors import NotAcceptable


def choose(accept: str | None, offered: Sequence[str]) -> str:
    """The offered media type that ``accept`` likes best, the first of equals. Raises NotAcceptable."""
    if not accept or not accept.strip():
        return offered[0]
    wishes = [_wish(each) for each in accept.split(",") if each.strip()]
    rated = [(_quality(each, wishes), -position, each) for position, each in enumerate(offered)]
    quality, _, best = max(rated)
    if quality <= 0:
        raise NotAcceptable(f"This is there as {', '.join(offered)}.")
    return best


def _wish(text: str) -> tuple[str, float]:
    media_type, *parameters = (part.strip().lower() for part in text.split(";"))
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return media_type, float(parameter[2:])
            except ValueError:
                return media_type, 0.0
    return media_type, 1.0


def _quality(offered: str, wishes: list[tuple[str, float]]) -> float:
    """Of the most specific wish that fits."""
    group = offered.partition("/")[0]
    for pattern in (offered, f"{group}/*", "*/*"):
        for wished, quality in wishes:
            if wished == pattern:
                return quality
    return 0.0


def matches(if_none_match: str | None, etag: str) -> bool:
    """Whether the client has ``etag`` already; a weak tag compares as the strong one, as for GET."""
    if if_none_match is None:
        return False
    tags = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
    return "*" in tags or etag in tags
