"""Times as clients write them: RFC 3339, whatever the offset, and in UTC afterwards."""

from datetime import UTC, datetime

import pytest
from pydantic import TypeAdapter, ValidationError

from app.api.moments import FIRST, LAST, Moment

MOMENT = TypeAdapter[datetime](Moment)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-01-31T09:30:00Z", datetime(2026, 1, 31, 9, 30, tzinfo=UTC)),
        ("2026-01-31t09:30:00z", datetime(2026, 1, 31, 9, 30, tzinfo=UTC)),
        ("2026-01-31T09:30:00.123456+01:30", datetime(2026, 1, 31, 8, 0, 0, 123456, tzinfo=UTC)),
        ("2026-01-31 09:30:00", datetime(2026, 1, 31, 9, 30, tzinfo=UTC)),
        ("1890-11-11T03:18:00+16:58", datetime(1890, 11, 10, 10, 20, tzinfo=UTC)),
        ("0001-01-01T00:00:00+23:59", FIRST),
        ("9999-12-31T23:59:59-23:59", LAST),
    ],
)
def test_read(written: str, meant: datetime) -> None:
    found = MOMENT.validate_python(written)
    assert (found, found.tzinfo) == (meant, UTC)


@pytest.mark.parametrize(
    "written",
    ["", "0.5", "1700000000", "2026-01-31", "09:30:00Z", "2026-02-31T09:30:00Z", "2026-01-31T25:00:00Z", "yesterday"],
)
def test_refused(written: str) -> None:
    with pytest.raises(ValidationError):
        MOMENT.validate_python(written)
