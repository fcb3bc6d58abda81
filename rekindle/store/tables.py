"""The tables of the client store. The migrations in `migrations/` are held equal to them by a test."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Identity,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from ..model.contact import TEXT_FIELDS
from .types import Day, Millionths, Moment

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

SHORT_TEXTS = (
    "kind", "gender", "channel", "specialization", "city", "position", "rank", "timezone", "locale", "manager",
)  # fmt: skip
"""The text fields that hold one of a few words, rather than a text of the contact's own."""

START = 200
"""Characters of a text of any length that an index holds (store.functions.start_of asks by them)."""
START_OF_FOLDED, START_OF_PRODUCT = (text(f'"left"({name}, {START})') for name in ("folded", "product_folded"))

Id = BigInteger().with_variant(Integer, "sqlite")


def _id() -> Column[int]:
    # AUTOINCREMENT is not asked for: rows are never deleted from the end, and it would cost a write per insert
    return Column("id", Id, Identity(), primary_key=True)


def _to(table: str, *, nullable: bool = False, name: str | None = None) -> Column[int]:
    column: Column[int] = Column(name or f"{table}_id", Id, ForeignKey(f"{table}.id"), nullable=nullable)
    return column


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False, server_default="")


meta = Table("meta", metadata, Column("key", Text, primary_key=True), Column("value", Text, nullable=False))
"""One row a fact about the store itself: instance, host, timezone, schema notes."""

import_run = Table(
    "import_run",
    metadata,
    _id(),
    Column("kind", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("file_name", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    _text("encoding"),
    _text("map_name"),
    Column("imported_at", Moment, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("new", Integer, nullable=False),
    Column("changed", Integer, nullable=False),
    Column("unchanged", Integer, nullable=False),
    Column("refused", Integer, nullable=False),
)

import_refusal = Table(
    "import_refusal",
    metadata,
    _id(),
    _to("import_run"),
    Column("line", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    Column("by_rule", Boolean, nullable=False, server_default=text("false")),
    Column("raw", Text, nullable=False),
    Index(None, "import_run_id", "line"),
)

organisation = Table(
    "organisation", metadata, _id(), Column("name", Text, nullable=False), Column("name_folded", Text, unique=True)
)

contact = Table(
    "contact",
    metadata,
    _id(),
    # as given by a file; NULL where none gave one, then exists_from is the earliest thing known (LANGUAGE 1)
    Column("created_at", Moment),
    Column("first_seen_at", Moment, nullable=False),
    Column("exists_from", Moment, nullable=False),
    _to("organisation", nullable=True),
    *(_text(name) for name in TEXT_FIELDS),
    *(Column(f"{name}_folded", Text, nullable=False, server_default="") for name in TEXT_FIELDS),
    # identity of the mailbox that letters go to (address_key of the primary e-mail), empty where there is none
    _text("address_key"),
    Column("birthday", Day),
    Column("next_contact_on", Day),
    Column("confirmed_at", Moment),
    Column("tracking", Boolean),
    Column("touched_at", Moment),
    Column("import_run_id", Id, ForeignKey("import_run.id")),
    Index(None, "address_key"),
    # what segments ask most of a contact, in order of id: a fifth of the table to read. PostgreSQL reads the table with
    # several workers, and an entry of its indexes holds 2,700 octets at most
    Index("ix_contact_short", "id", "exists_from", *(f"{name}_folded" for name in SHORT_TEXTS)).ddl_if(
        dialect="sqlite"
    ),
)

contact_reference = Table(
    "contact_reference",
    metadata,
    Column("source", Text, nullable=False),
    Column("external_id", Text, nullable=False),
    _to("contact"),
    PrimaryKeyConstraint("source", "external_id"),
    Index(None, "contact_id"),
)
"""The ids by which other systems know a contact, each within its source."""

contact_point = Table(
    "contact_point",
    metadata,
    _id(),
    _to("contact"),
    Column("kind", Text, nullable=False),  # email | phone
    Column("key", Text, nullable=False),  # address key, or digits of the phone
    Column("value", Text, nullable=False),
    Column("is_primary", Boolean, nullable=False),
    UniqueConstraint("contact_id", "kind", "key"),
    Index(None, "kind", "key"),
)

contact_touch = Table(
    "contact_touch",
    metadata,
    _to("contact"),
    _to("import_run"),
    PrimaryKeyConstraint("contact_id", "import_run_id"),
    Index(None, "import_run_id"),
)
"""Which imports brought or touched a contact (the condition `imported`)."""

contact_tag = Table(
    "contact_tag",
    metadata,
    _to("contact"),
    Column("folded", Text, nullable=False),
    Column("tag", Text, nullable=False),
    PrimaryKeyConstraint("contact_id", "folded"),
    Index(None, "folded", "contact_id"),
)

contact_attribute = Table(
    "contact_attribute",
    metadata,
    _to("contact"),
    Column("name", Text, nullable=False),
    Column("position", Integer, nullable=False),  # 0, or the item's place in a list, from 1
    Column("value", Text, nullable=False),  # as given
    Column("folded", Text, nullable=False),
    Column("number", Millionths),
    Column("day", Day),
    Column("flag", Boolean),
    PrimaryKeyConstraint("contact_id", "name", "position"),
    # by the beginning: an entry of PostgreSQL's indexes holds 2,700 octets; SQLite asks contact by contact
    Index("ix_contact_attribute_start", "name", START_OF_FOLDED).ddl_if(dialect="postgresql"),
)

orders = Table(
    "orders",
    metadata,
    _id(),
    Column("source", Text, nullable=False),
    Column("number", Text, nullable=False),
    _to("contact"),
    Column("placed_at", Moment, nullable=False),
    Column("placed_on", Day, nullable=False),
    Column("amount", BigInteger, nullable=False),  # minor units
    Column("status", Text, nullable=False),
    _text("code"),
    _text("code_folded"),
    Column("discount", BigInteger),
    Column("cost", BigInteger),
    _text("items_digest"),  # of the items as a set, so that an import sees at one look whether they differ
    _to("import_run", nullable=True),
    UniqueConstraint("source", "number"),
    # with all that segments ask of orders: a question over all contacts reads it from end to end, and no table
    Index("ix_orders_of_contact", "contact_id", "placed_at", "status", "amount", "placed_on"),
)

order_item = Table(
    "order_item",
    metadata,
    _id(),
    _to("orders", name="order_id"),
    _text("product"),
    _text("product_folded"),
    _text("category"),
    _text("category_folded"),
    Column("quantity", Millionths),
    Column("price", Millionths),  # of one unit, major units
    Index(None, "order_id"),
    Index("ix_order_item_product_start", START_OF_PRODUCT).ddl_if(dialect="postgresql"),
)

activity = Table(
    "activity",
    metadata,
    _id(),
    _to("contact"),
    Column("kind", Text, nullable=False),
    Column("kind_folded", Text, nullable=False),
    Column("occurred_at", Moment, nullable=False),
    Column("amount", BigInteger),
    _text("detail"),
    Column("fingerprint", Text, nullable=False, unique=True),  # so that the same file again adds nothing
    _to("import_run", nullable=True),
    Index(None, "contact_id", "kind_folded", "occurred_at"),
)

consent = Table(
    "consent",
    metadata,
    _id(),
    _to("contact"),
    Column("topic", Text, nullable=False),  # * for all
    Column("given", Boolean, nullable=False),
    Column("occurred_at", Moment, nullable=False),
    Column("recorded_at", Moment, nullable=False),
    _text("source"),
    _text("proof"),
    _to("import_run", nullable=True),
    Index(None, "contact_id", "topic", "occurred_at"),
)
"""Append-only. The latest entry of a topic (or `*`) by (occurred_at, id) is what holds."""

suppression = Table(
    "suppression",
    metadata,
    _id(),
    Column("kind", Text, nullable=False),  # address | domain
    Column("key", Text, nullable=False),
    Column("topic", Text, nullable=False, server_default=""),  # empty: every letter
    Column("reason", Text, nullable=False),
    Column("since", Moment, nullable=False),
    Column("lifted_at", Moment),
    _text("note"),
    Column("delivery_id", Id),
    _to("import_run", nullable=True),
    Index("uq_suppression_standing", "kind", "key", "topic", unique=True, sqlite_where=text("lifted_at IS NULL"),
          postgresql_where=text("lifted_at IS NULL")),
    Index(None, "kind", "key"),  # lifted ones count too where a past moment is asked for
)  # fmt: skip

status_history = Table(
    "status_history",
    metadata,
    _id(),
    _to("contact"),
    Column("ladder", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("since", Moment, nullable=False),
    Column("recorded_at", Moment, nullable=False),
    Column("pinned", Boolean, nullable=False, server_default=text("false")),
    Column("pinned_until", Moment),
    _text("pinned_by"),  # the campaign whose `then` pinned; empty: a person
    # (with the id, as that of deliveries)
    Index("ix_status_history_of_contact", "contact_id", "ladder", "since", "pinned", "status", "pinned_until",
          postgresql_include=["id"]),
)  # fmt: skip

mailing = Table(
    "mailing",
    metadata,
    _id(),
    Column("campaign", Text, nullable=False),
    Column("period", Text, nullable=False),
    Column("step", Integer, nullable=False, server_default="1"),
    Column("state", Text, nullable=False),
    Column("topic", Text, nullable=False, server_default=""),
    Column("as_of", Moment, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("started_at", Moment),
    Column("finished_at", Moment),
    Column("paused_until", Moment),
    Column("expires_at", Moment),
    Column("frozen", Text, nullable=False, server_default="{}"),  # JSON: definition and templates as they were
    Column("definition_hash", Text, nullable=False, server_default=""),
    _text("held_reason"),
    Column("imported", Boolean, nullable=False, server_default=text("false")),
    Column("climbed_at", Moment),  # since when everyone sent this letter has been looked at for the next step
    UniqueConstraint("campaign", "period", "step"),
)

audience_member = Table(
    "audience_member",
    metadata,
    _to("mailing"),
    _to("contact"),
    Column("verdict", Text, nullable=False),  # chosen | held_out | left_out
    Column("arm", Text, nullable=False, server_default=""),
    Column("reason", Text, nullable=False, server_default=""),
    Column("offer", Integer),
    # history from elsewhere (import mailings): the contact's own `sent_at`, holdout likewise, since which its goal
    # counts; a ladder's later step: when the contact was taken up; NULL: since the mailing's start
    Column("counted_from", Moment),
    PrimaryKeyConstraint("mailing_id", "contact_id"),
    Index(None, "contact_id", "mailing_id"),
)

delivery = Table(
    "delivery",
    metadata,
    _id(),
    _to("mailing"),
    _to("contact"),
    Column("address", Text, nullable=False),
    Column("address_key", Text, nullable=False),
    Column("domain", Text, nullable=False),
    Column("lane", Text, nullable=False, server_default=""),  # its domain, where that has a pace of its own
    Column("arm", Text, nullable=False),
    Column("offer", Integer),
    Column("state", Text, nullable=False),
    _text("reason"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("due_at", Moment),
    Column("message_id", Text, nullable=False, server_default=""),
    Column("claimed_by", Text),
    Column("fence", BigInteger),
    Column("leased_until", Moment),
    Column("handed_at", Moment),
    Column("sent_at", Moment),
    Column("settled_at", Moment),
    _text("reply"),
    UniqueConstraint("mailing_id", "contact_id").ddl_if(dialect="sqlite"),
    Index(None, "contact_id").ddl_if(dialect="sqlite"),
    # one for both on PostgreSQL, which makes an entry in every index at each step of a delivery
    UniqueConstraint("contact_id", "mailing_id").ddl_if(dialect="postgresql"),
    UniqueConstraint("mailing_id", "address_key"),
    Index(None, "mailing_id", "state", "lane", "due_at"),
    # letters that are out: a row comes in when its letter is sent, not at every state before
    # (on PostgreSQL with the id, which an entry of SQLite's indexes has by itself)
    Index("ix_delivery_sent_to_contact", "contact_id", "sent_at", "state", "mailing_id", postgresql_include=["id"],
          sqlite_where=text("sent_at IS NOT NULL"), postgresql_where=text("sent_at IS NOT NULL")),
    Index("ix_delivery_sent", "sent_at", "contact_id", sqlite_where=text("sent_at IS NOT NULL"),
          postgresql_where=text("sent_at IS NOT NULL")),
    Index("ix_delivery_unknown", "handed_at", "contact_id", sqlite_where=text("state = 'unknown'"),
          postgresql_where=text("state = 'unknown'")),
)  # fmt: skip

attempt = Table(
    "attempt",
    metadata,
    _id(),
    _to("delivery"),
    Column("attempted_at", Moment, nullable=False),
    Column("outcome", Text, nullable=False),
    _text("reply"),
    Index(None, "delivery_id"),
)
"""Tries that did not end in a 250; the one that did is the delivery's own `sent_at` and `reply`."""

link = Table(
    "link",
    metadata,
    _id(),
    _to("mailing"),
    Column("url", Text, nullable=False),
    UniqueConstraint("mailing_id", "url"),
)
"""Where a sealed link may lead: only what a letter held when it was sent."""

event = Table(
    "event",
    metadata,
    _id(),
    Column("kind", Text, nullable=False),
    _to("contact"),
    _to("mailing", nullable=True),
    _to("delivery", nullable=True),
    _to("link", nullable=True),
    Column("occurred_at", Moment, nullable=False),
    Column("recorded_at", Moment, nullable=False),
    Column("machine", Boolean, nullable=False, server_default=text("false")),
    _text("detail"),
    Column("fingerprint", Text, unique=True),  # so that a journal folded twice adds nothing; NULL where none is needed
    Index("ix_event_of_contact", "contact_id", "kind", "occurred_at", "machine", "delivery_id", "mailing_id"),
    Index(None, "delivery_id"),
    Index(None, "mailing_id", "kind"),
)

plan = Table(
    "plan",
    metadata,
    _id(),
    Column("hash", Text, nullable=False, unique=True),
    Column("campaign", Text, nullable=False),
    Column("period", Text, nullable=False),
    Column("as_of", Moment, nullable=False),
    Column("planned_at", Moment, nullable=False),
    Column("definition_hash", Text, nullable=False),
    Column("audience_hash", Text, nullable=False),
    Column("summary", Text, nullable=False),  # JSON as `plan --json` printed it
    Column("unrenderable", Text, nullable=False, server_default="[]"),  # JSON: ids of contacts
)

lease = Table(
    "lease",
    metadata,
    Column("name", Text, primary_key=True),
    Column("fence", BigInteger, nullable=False),
    Column("owner", Text, nullable=False),  # boot id, pid and start time of the process, host
    Column("leased_until", Moment, nullable=False),
)
"""Who works at something, and the number that a late worker's writes are refused by."""

pace = Table(
    "pace",
    metadata,
    Column("name", Text, primary_key=True),  # a receiving domain; '' all letters together
    Column("used_until", Moment),
    Column("base", Float),  # letters a second, where no file says how many
    Column("halvings", Integer, nullable=False, server_default="0"),
    Column("slowed_at", Moment),
)
"""How far a rate is used up, and whether a domain has asked us to slow down."""
