"""Points in time as clients write them: RFC 3339, as `format: date-time` promises, and nothing else."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator
from pydantic_core import PydanticCustomError

WRITTEN = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d.*", re.ASCII | re.DOTALL)
FIRST, LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


def _written(value: Any) -> Any:
    """Pydantic would also take a number of seconds, or a date."""
    if isinstance(value, str) and not WRITTEN.fullmatch(value):
        raise PydanticCustomError("moment", "Input should be a date and a time, such as 2026-01-31T09:30:00Z")
    return value


def _in_utc(moment: datetime) -> datetime:
    """PostgreSQL knows no offset of 16 hours, and Python no UTC time before the year 1 or after 9999."""
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return FIRST if moment.year == 1 else LAST


Moment = Annotated[datetime, BeforeValidator(_written), AfterValidator(_in_utc)]
"""In UTC; a time without an offset is taken for UTC."""
