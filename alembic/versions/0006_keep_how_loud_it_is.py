"""How loud a recording is over time.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "loudness_contours",
        sa.Column("job_id", sa.UUID(), nullable=False),
        sa.Column("step_s", sa.Float(), nullable=False),
        sa.Column("levels_dbfs", sa.ARRAY(sa.SmallInteger()), nullable=False),
        sa.CheckConstraint("step_s > 0", name=op.f("ck_loudness_contours_step")),
        sa.ForeignKeyConstraint(
            ["job_id"], ["jobs.id"], name=op.f("fk_loudness_contours_job_id_jobs"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_loudness_contours")),
    )


def downgrade() -> None:
    op.drop_table("loudness_contours")
