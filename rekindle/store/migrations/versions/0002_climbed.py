"""since when a ladder's letter needs no look any more."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from rekindle.store.types import Moment

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one step forward."""
    op.add_column("mailing", sa.Column("climbed_at", Moment(), nullable=True))
