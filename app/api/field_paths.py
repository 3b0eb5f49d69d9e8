"""Where in a body a problem is, in the sender's own words: without the names that pydantic gives to variants."""

from typing import Any


def field_path(loc: tuple[int | str, ...], body: Any) -> str:
    """``body.options.max_clips`` of ``("body", "highlights", "options", "max_clips")``, as ``body`` has no such field.

    The last part stays in any case, since a field that is missing is not in the body either.
    """
    if not loc or loc[0] != "body":
        return ".".join(map(str, loc))
    kept: list[int | str] = ["body"]
    here = body
    for position, part in enumerate(loc[1:], 2):
        found = _inside(here, part)
        if found is not None or position == len(loc):
            kept.append(part)
        if found is not None:
            here = found[0]
    return ".".join(map(str, kept))


def _inside(value: Any, part: int | str) -> tuple[Any] | None:
    if isinstance(value, dict) and part in value:
        return (value[part],)
    if isinstance(value, list) and isinstance(part, int) and part < len(value):
        return (value[part],)
    return None
