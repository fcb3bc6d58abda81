"""A record is one line, read back as it was; damage is seen, never guessed around."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from rekindle.track.record import Record, RecordKind, read_record
from tests.conftest import NOW

RECORDS = [
    Record(RecordKind.OPENED, 7, NOW),
    Record(RecordKind.CLICKED, 2**56 - 1, NOW + timedelta(microseconds=1), link_id=3, machine="gmail proxy"),
    Record(RecordKind.UNSUBSCRIBED, 7, NOW, how="one-click", every_topic=True),
    Record(RecordKind.CHOSE, 7, NOW, how="preferences", offered=("offers", "новости\n"), chosen=()),
]


@pytest.mark.parametrize("record", RECORDS)
def test_a_record_is_read_back_as_it_was(record: Record) -> None:
    line = record.line()
    assert (line.count(b"\n"), line[-1:]) == (1, b"\n")
    assert read_record(line) == record


def test_moments_are_kept_in_utc() -> None:
    moscow = datetime(2026, 11, 1, 12, tzinfo=timezone(timedelta(hours=3)))
    assert Record(RecordKind.OPENED, 1, moscow).line() == Record(RecordKind.OPENED, 1, NOW).line()


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\n",
        b"null\n",
        b"[]\n",
        b'"text"\n',
        b"\xff\xfe\n",
        b"\x00" * 50,
        b'{"kind":"opened","delivery":7,"at":"2026-11-01T09:0',
        b'{"kind":"opened","delivery":7}\n',
        b'{"kind":"sold","delivery":7,"at":"2026-11-01T09:00:00+00:00"}\n',
        b'{"kind":"opened","delivery":"7","at":"2026-11-01T09:00:00+00:00"}\n',
        b'{"kind":"opened","delivery":true,"at":"2026-11-01T09:00:00+00:00"}\n',
        b'{"kind":"opened","delivery":-7,"at":"2026-11-01T09:00:00+00:00"}\n',
        b'{"kind":"opened","delivery":1e99,"at":"2026-11-01T09:00:00+00:00"}\n',
        b'{"kind":"opened","delivery":99999999999999999999,"at":"2026-11-01T09:00:00+00:00"}\n',
        b'{"kind":"opened","delivery":7,"at":7}\n',
        b'{"kind":"opened","delivery":7,"at":"yesterday"}\n',
        b'{"kind":"chose","delivery":7,"at":"2026-11-01T09:00:00+00:00","chosen":"offers"}\n',
        b'{"kind":"chose","delivery":7,"at":"2026-11-01T09:00:00+00:00","chosen":[1]}\n',
    ],
)
def test_a_damaged_line_is_no_record(line: bytes) -> None:
    assert read_record(line) is None
