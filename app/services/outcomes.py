"""What ended how, since the database was made: counters that only grow, though the rows they speak of go."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.models.outcome import BUCKET_BOUNDS_S, OutcomeCount

FOLD_LOCK = 0x464F4C44  # "FOLD"
MOST_ROWS = 20_000
"""Rows that one round folds; a minute makes fewer."""

_LOCK = text("SELECT pg_try_advisory_xact_lock(:key)")
_FOLD = text(
    """
    WITH gone AS (
        DELETE FROM outcome_counts WHERE id IN (SELECT id FROM outcome_counts ORDER BY id LIMIT :most)
        RETURNING part, name, outcome, bucket, count, total_s
    )
    INSERT INTO outcome_counts (part, name, outcome, bucket, count, total_s)
    SELECT part, name, outcome, bucket, sum(count), sum(total_s) FROM gone GROUP BY part, name, outcome, bucket
    """
)


@dataclass(frozen=True)
class Outcomes:
    """``counts`` are by bucket of BUCKET_BOUNDS_S, one more than there are bounds."""

    counts: tuple[int, ...]
    total_s: float


def fold(session: Session) -> None:
    """Make one row of all that say the same. Sums stay the same for whoever reads meanwhile. The caller commits."""
    if session.execute(_LOCK, {"key": FOLD_LOCK}).scalar():
        session.execute(_FOLD, {"most": MOST_ROWS})


def count_outcomes(session: Session) -> Mapping[tuple[str, str, str], Outcomes]:
    """By part, name and outcome."""
    row = OutcomeCount
    key = (row.part, row.name, row.outcome)
    query = select(*key, row.bucket, func.sum(row.count), func.sum(row.total_s)).group_by(*key, row.bucket)
    counts: dict[tuple[str, str, str], list[int]] = {}
    totals: dict[tuple[str, str, str], float] = {}
    for part, name, outcome, bucket, count, total_s in session.execute(query):
        found = counts.setdefault((part, name, outcome), [0] * (len(BUCKET_BOUNDS_S) + 1))
        found[bucket] += int(count)
        totals[part, name, outcome] = totals.get((part, name, outcome), 0.0) + float(total_s)
    return {each: Outcomes(tuple(found), totals[each]) for each, found in counts.items()}
