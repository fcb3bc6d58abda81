"""indexes that hold all that segments ask for, so that a question over all contacts reads them alone, in order."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_OLD = {
    "contact": ("ix_contact_exists_from", "ix_contact_channel_folded", "ix_contact_specialization_folded"),
    "orders": ("ix_orders_contact_id_placed_at", "ix_orders_placed_at_contact_id"),
    "status_history": ("ix_status_history_contact_id_ladder_since", "ix_status_history_ladder_status_contact_id"),
    "delivery": ("ix_delivery_contact_id_sent_at", "ix_delivery_sent_at_contact_id"),
    "event": ("ix_event_contact_id_kind_occurred_at", "ix_event_kind_occurred_at_contact_id"),
}
_NEW = (
    ("ix_orders_of_contact", "orders", ["contact_id", "placed_at", "status", "amount", "placed_on"]),
    ("ix_status_history_of_contact", "status_history",
     ["contact_id", "ladder", "since", "pinned", "status", "pinned_until"]),
    ("ix_delivery_contact_id", "delivery", ["contact_id"]),
    ("ix_event_of_contact", "event",
     ["contact_id", "kind", "occurred_at", "machine", "delivery_id", "mailing_id"]),
)  # fmt: skip
_OF_SENT = (
    ("ix_delivery_sent_to_contact", ["contact_id", "sent_at", "state", "mailing_id"]),
    ("ix_delivery_sent", ["sent_at", "contact_id"]),
)
_SHORT = ("kind", "gender", "channel", "specialization", "city", "position", "rank", "timezone", "locale", "manager")


def upgrade() -> None:
    """Go one step forward."""
    for table, names in _OLD.items():
        for name in names:
            op.drop_index(name, table_name=table)
    for name, table, columns in _NEW:
        op.create_index(name, table, columns)
    sent = sa.text("sent_at IS NOT NULL")
    for name, columns in _OF_SENT:
        op.create_index(name, "delivery", columns, sqlite_where=sent, postgresql_where=sent)
    if op.get_bind().dialect.name == "sqlite":
        op.create_index("ix_contact_short", "contact", ["id", "exists_from", *(f"{name}_folded" for name in _SHORT)])
