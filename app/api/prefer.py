"""``Prefer: wait=N`` (RFC 7240): how long a client would wait for a job to finish."""

from fastapi import Request

MAX_WAIT_S = 60
HEADER = {
    "name": "Prefer",
    "in": "header",
    "required": False,
    "description": f"`wait=N`: answer when the job is finished, or after N seconds ({MAX_WAIT_S} at the most).",
    "schema": {"type": "string"},
    "example": "wait=30",
}
"""For the ``parameters`` of a route in the OpenAPI document."""


def wait_s(request: Request) -> int | None:
    """Seconds, at most 60; None where the client would not wait. What makes no sense is ignored, as the RFC asks."""
    for preference in ",".join(request.headers.getlist("prefer")).split(","):
        name, _, value = preference.partition(";")[0].partition("=")
        seconds = value.strip().strip('"')
        if name.strip().lower() == "wait" and seconds.isascii() and seconds.isdigit():
            return min(int(seconds[:9]), MAX_WAIT_S)
    return None


def applied(seconds: int | None) -> dict[str, str]:
    """The header that tells what was heeded."""
    return {} if seconds is None else {"Preference-Applied": f"wait={seconds}"}
