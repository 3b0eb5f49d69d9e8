"""How a call ends that does not bring an answer. No text here holds a query, a header or a body."""


class EgressRefused(Exception):
    """The URL, a redirect, or an address behind a name is one the service does not call. The text is for people."""


class EgressFailed(Exception):
    """The network or the other side failed. ``retryable``: a later attempt may succeed."""

    def __init__(self, message: str, *, retryable: bool = True) -> None:
        super().__init__(message)
        self.retryable = retryable


class EgressStopped(Exception):
    """The caller's stop event was set."""


class EgressTimedOut(EgressFailed):
    """A wait, or all of them together, took longer than allowed."""
