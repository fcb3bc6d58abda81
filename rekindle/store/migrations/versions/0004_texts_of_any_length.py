"""no index over texts of any length (2,700 octets an entry on PostgreSQL); ids in the indexes that are asked for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one step forward."""
    op.drop_index("ix_contact_attribute_name_folded", table_name="contact_attribute")
    op.drop_index("ix_order_item_product_folded", table_name="order_item")
    if op.get_bind().dialect.name != "postgresql":
        return
    op.create_index("ix_contact_attribute_start", "contact_attribute", ["name", sa.text('"left"(folded, 200)')])
    op.create_index("ix_order_item_product_start", "order_item", [sa.text('"left"(product_folded, 200)')])
    op.drop_index("ix_status_history_of_contact", table_name="status_history")
    op.create_index(
        "ix_status_history_of_contact",
        "status_history",
        ["contact_id", "ladder", "since", "pinned", "status", "pinned_until"],
        postgresql_include=["id"],
    )
    op.drop_index("ix_delivery_sent_to_contact", table_name="delivery")
    op.create_index(
        "ix_delivery_sent_to_contact",
        "delivery",
        ["contact_id", "sent_at", "state", "mailing_id"],
        postgresql_include=["id"],
        postgresql_where=sa.text("sent_at IS NOT NULL"),
    )
