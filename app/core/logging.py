"""Logs on standard error: one line an event, with the request's or the job's id where there is one."""

import logging
import sys
from contextvars import ContextVar

request_id: ContextVar[str] = ContextVar("request_id", default="-")


class _RequestFilter(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_id.get()
        return True


def configure_logging(level: str) -> None:
    """Send everything of ``level`` and above to standard error; libraries only from WARNING."""
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(_RequestFilter())
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel("WARNING")
    for name in ("app", "pipeline", "lectern"):
        logging.getLogger(name).setLevel(level)
