"""Numbers, money and moments as they are written."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from rekindle.report.notation import Notation

ENGLISH = Notation("en", "GBP", ZoneInfo("Europe/London"))
RUSSIAN = Notation("ru", "RUB", ZoneInfo("Europe/Moscow"))


def test_numbers() -> None:
    """Thousands, a true minus, no sign on what rounds to zero."""
    assert [ENGLISH.number(1234567), ENGLISH.number(-0.04, 1), ENGLISH.signed(-2.5, 1)] == ["1,234,567", "0.0", "−2.5"]
    assert [RUSSIAN.number(1234.5, 1), RUSSIAN.signed(0.049, 1), RUSSIAN.signed(3)] == ["1\u00a0234,5", "0,0", "+3"]


def test_shares() -> None:
    """One decimal, two where small; points keep the decimals of what they stand beside."""
    assert [ENGLISH.percent(one) for one in (0.5, 0.0125, 0.0057, 0.0, 1.0)] == [
        "50.0%",
        "1.25%",
        "0.57%",
        "0.0%",
        "100.0%",
    ]
    assert [RUSSIAN.percent(0.123), ENGLISH.points(0.0057), ENGLISH.points(0.0057, 0.04)] == [
        "12,3\u00a0%",
        "+0.57",
        "+0.6",
    ]


def test_money() -> None:
    """The sign where the language has it; whole from a thousand on; a currency without a sign by its code."""
    assert [ENGLISH.money(1234.4), ENGLISH.money(-0.5), ENGLISH.money(7, signed=True)] == ["£1,234", "−£0.50", "+£7.00"]
    assert [RUSSIAN.money(-12345), RUSSIAN.money(0.5)] == ["−12\u00a0345\u00a0₽", "0,50\u00a0₽"]
    assert Notation("en", "CHF", ZoneInfo("UTC")).money(5) == "5.00\u00a0CHF"
    assert Notation("en", "JPY", ZoneInfo("UTC")).money(500) == "¥500"


def test_p_values() -> None:
    """Never 0.000."""
    assert [ENGLISH.p_value(one) for one in (0.00001, 0.0123, 0.4321, None)] == ["< 0.001", "0.012", "0.43", "–"]


def test_moments() -> None:
    """In the workspace's timezone."""
    moment = datetime(2026, 11, 30, 22, 30, tzinfo=UTC)

    assert ENGLISH.moment(moment) == "30\u00a0Nov 2026, 22:30"
    assert RUSSIAN.moment(moment) == "1\u00a0декабря 2026, 01:30"
