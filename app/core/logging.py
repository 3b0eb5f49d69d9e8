"""Logs on standard error: one line an event, with the request, the caller, the job and the step where there are any."""

import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import TracebackType
from typing import Any

from app.core.log_format import CONTEXT, make_formatter
from app.core.principal import Principal
from app.core.redaction import secret_values
from app.core.settings import Settings

OWN = ("app", "pipeline", "lectern")
"""Loggers that follow ``LECTERN_LOG_LEVEL``; libraries speak from WARNING."""

request_id: ContextVar[str] = ContextVar("request_id", default="-")
request_state: ContextVar[dict[str, Any] | None] = ContextVar("request_state", default=None)
"""What ``request.state`` keeps. It is shared with the threads that serve the request, where a variable set in one
would not be seen in the other; authentication leaves the ``principal`` in it."""
_job: ContextVar[tuple[str, str | None] | None] = ContextVar("job", default=None)
log = logging.getLogger("lectern")


@contextmanager
def job_context(job_id: object, step: str | None = None) -> Iterator[None]:
    """Lines written inside, in this thread, carry the job's id and the step's name."""
    token = _job.set((str(job_id), step))
    try:
        yield
    finally:
        _job.reset(token)


class ContextFilter(logging.Filter):
    """Adds the fields of ``CONTEXT`` to each record that has none of its own; None where there is nothing to say."""

    def filter(self, record: logging.LogRecord) -> bool:
        for name, value in _context().items():
            if getattr(record, name, None) is None:
                setattr(record, name, value)
        said = (record.request_id, record.job_id, record.step, record.actor)  # type: ignore[attr-defined]  # set above
        record.where = " ".join(str(each) for each in said if each) or "-"
        return True


def _context() -> dict[str, str | None]:
    job_id, step = _job.get() or (None, None)
    request = request_id.get()
    found: dict[str, str | None] = dict.fromkeys(CONTEXT)
    found |= {"request_id": None if request == "-" else request, "job_id": job_id, "step": step}
    principal = (request_state.get() or {}).get("principal")
    if isinstance(principal, Principal):
        found |= {"owner": principal.owner, "actor": principal.actor}
    return found


class _Handler(logging.StreamHandler[Any]):
    """Says that a record cannot be written without showing it, as Python's own would, with its arguments."""

    def handleError(self, record: logging.LogRecord) -> None:
        kind = sys.exc_info()[0]
        sys.stderr.write(
            f"a log record of {record.name} could not be written: {kind.__name__ if kind else 'unknown'}\n"
        )


def configure_logging(settings: Settings) -> None:
    """Send everything of the configured level to standard error; what nobody catches goes there as well."""
    handler = _Handler(sys.stderr)
    handler.addFilter(ContextFilter())
    handler.setFormatter(make_formatter(settings.log_format, secret_values(settings), terminal=sys.stderr.isatty()))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel("WARNING")
    for name in OWN:
        logging.getLogger(name).setLevel(settings.log_level)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):  # a server's own handlers would show what ours hide
        logging.getLogger(name).handlers[:] = []
        logging.getLogger(name).propagate = True
    logging.getLogger("uvicorn.access").setLevel("WARNING")  # ours has no query strings
    logging.captureWarnings(True)
    sys.excepthook = _uncaught
    threading.excepthook = lambda args: _uncaught(args.exc_type, args.exc_value, args.exc_traceback)


def _uncaught(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt | SystemExit) or error is None:
        return
    log.critical("%s was not caught", kind.__name__, exc_info=(kind, error, trace))
