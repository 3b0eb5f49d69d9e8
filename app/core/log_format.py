"""The form of a log line: text for a person, JSON for a machine.

Secrets are taken out here, the last place before the line is written, so that the message, its arguments, extra fields
and the text of exceptions are all covered.
"""

import logging
from datetime import UTC, datetime
from typing import Any, Literal

from pythonjsonlogger.core import RESERVED_ATTRS, LogData
from pythonjsonlogger.json import JsonFormatter

from app.core.redaction import redact, redact_all

CONTEXT = ("request_id", "job_id", "step", "owner", "actor")
OURS = frozenset({"timestamp", "level", "logger", "owner", "actor", "route", "job_id"})
"""Fields that Lectern alone fills: nobody can put a secret there, and the line of each request has them."""
TEXT = "%(asctime)s %(levelname)s %(name)s [%(where)s] %(message)s"


class RedactingJson(JsonFormatter):
    """One JSON object a line: timestamp, level, logger, message, the context, extra fields, exception."""

    def __init__(self, values: tuple[str, ...] = ()) -> None:
        super().__init__(
            ("levelname", "name", "message", *CONTEXT),
            rename_fields={"levelname": "level", "name": "logger", "exc_info": "exception", "stack_info": "stack"},
            reserved_attrs=[*RESERVED_ATTRS, "where", "color_message", "taskName"],
            json_ensure_ascii=False,
        )
        self._values = values

    def add_fields(self, log_data: LogData, record: logging.LogRecord, message_dict: dict[str, Any]) -> None:
        at = datetime.fromtimestamp(record.created, UTC)
        log_data["timestamp"] = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        super().add_fields(log_data, record, message_dict)

    def process_log_record(self, log_data: LogData) -> LogData:
        return {
            name: value if name in OURS else redact_all(value, self._values)
            for name, value in log_data.items()
            if value is not None
        }


class RedactingText(logging.Formatter):
    """For a person at a terminal. A message stays on its line, so that none can pretend to be another one."""

    def __init__(self, values: tuple[str, ...] = ()) -> None:
        super().__init__(TEXT)
        self._values = values

    def formatMessage(self, record: logging.LogRecord) -> str:
        record.message = record.message.replace("\r", "\\r").replace("\n", "\\n")
        return super().formatMessage(record)

    def format(self, record: logging.LogRecord) -> str:
        kept, record.exc_text = record.exc_text, None
        try:
            return redact(super().format(record), self._values)
        finally:
            record.exc_text = kept


def make_formatter(
    form: Literal["auto", "text", "json"], values: tuple[str, ...] = (), *, terminal: bool = False
) -> logging.Formatter:
    """The formatter of ``form``, which takes ``values`` out of every line as well."""
    if form == "text" or (form == "auto" and terminal):
        return RedactingText(values)
    return RedactingJson(values)
