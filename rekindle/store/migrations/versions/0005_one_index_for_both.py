"""one index of deliveries for what two did on PostgreSQL, which makes an entry in each at every step of a delivery."""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one step forward."""
    if op.get_bind().dialect.name != "postgresql":
        return
    op.create_unique_constraint("uq_delivery_contact_id_mailing_id", "delivery", ["contact_id", "mailing_id"])
    op.drop_constraint("uq_delivery_mailing_id_contact_id", "delivery", type_="unique")
    op.drop_index("ix_delivery_contact_id", table_name="delivery")
