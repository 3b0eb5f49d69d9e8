"""Counts of what ended how, written by triggers in the transaction that ended it.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# The bounds of the buckets are those of app.models.outcome, in seconds.
_COUNT = """
CREATE FUNCTION lectern_count_outcome(part text, name text, outcome text, seconds float8) RETURNS void
LANGUAGE sql AS $$
    INSERT INTO outcome_counts (part, name, outcome, bucket, count, total_s)
    VALUES (part, name, outcome,
            width_bucket(greatest(coalesce(seconds, 0), 0),
                         ARRAY[1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200]::float8[]),
            1, greatest(coalesce(seconds, 0), 0))
$$
"""
_STEP = """
CREATE FUNCTION lectern_step_ended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM lectern_count_outcome('step', NEW.stage,
        CASE WHEN NEW.status = 'pending' AND NEW.attempt < OLD.attempt THEN 'handed_back'
             WHEN NEW.fence > OLD.fence THEN 'worker_lost'
             WHEN NEW.status = 'pending' THEN 'retried'
             ELSE NEW.status END,
        extract(epoch FROM clock_timestamp() - OLD.started_at));
    RETURN NULL;
END $$
"""
_JOB = """
CREATE FUNCTION lectern_job_ended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM lectern_count_outcome('job', NEW.kind, NEW.status,
        extract(epoch FROM clock_timestamp() - NEW.started_at));
    RETURN NULL;
END $$
"""
_WEBHOOK = """
CREATE FUNCTION lectern_webhook_ended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM lectern_count_outcome('webhook', NEW.event, NEW.status,
        extract(epoch FROM clock_timestamp() - NEW.created_at));
    RETURN NULL;
END $$
"""
_TRIGGERS = {
    "job_steps": ("lectern_step_ended", "OLD.status = 'running' AND NEW.status <> 'running'"),
    "jobs": (
        "lectern_job_ended",
        "OLD.status IN ('queued', 'running') AND NEW.status IN ('completed', 'failed', 'cancelled')",
    ),
    "webhook_deliveries": (
        "lectern_webhook_ended",
        "OLD.status = 'pending' AND NEW.status IN ('delivered', 'failed')",
    ),
}


def upgrade() -> None:
    op.create_table(
        "outcome_counts",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("bucket", sa.Integer(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("total_s", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outcome_counts")),
    )
    for statement in (_COUNT, _STEP, _JOB, _WEBHOOK):
        op.execute(statement)
    for table, (function, when) in _TRIGGERS.items():
        op.execute(
            f"CREATE TRIGGER {function} AFTER UPDATE OF status ON {table} FOR EACH ROW WHEN ({when}) "
            f"EXECUTE FUNCTION {function}()"
        )


def downgrade() -> None:
    for table, (function, _when) in _TRIGGERS.items():
        op.execute(f"DROP TRIGGER {function} ON {table}")
        op.execute(f"DROP FUNCTION {function}()")
    op.execute("DROP FUNCTION lectern_count_outcome(text, text, text, float8)")
    op.drop_table("outcome_counts")
