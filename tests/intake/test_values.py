"""One cell at a time: numbers, addresses, phones, times."""

# ruff: noqa: E501 (files and maps as they stand are long)

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from rekindle.intake.numbers import read_decimal, to_millionths
from rekindle.intake.values import (
    BadValueError,
    address_of,
    clean,
    day_reader,
    domain_of,
    email_point,
    millionths_of,
    moment_reader,
    money_reader,
    phone_point,
)
from rekindle.model.money import half_even

MOSCOW = ZoneInfo("Europe/Moscow")
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12", "12"), ("-0.50", "-0.50"), (".5", ".5"), ("1 234,50", "1234.50"), ("1\u00a0234\u00a0567.8", "1234567.8"),
        ("1,234.50", "1234.50"), ("1.234,50", "1234.50"), ("0,125", "0.125"), ("12,5", "12.5"), ("\u22123", "-3"),
        ("1'234", "1234"), ("1,2345", "1.2345"),
    ],
)  # fmt: skip
def test_numbers_are_read_exactly(text: str, number: str) -> None:
    """Spaces between thousands, a comma or a point before the fraction."""
    assert read_decimal(text) == Decimal(number)


@pytest.mark.parametrize(
    "text", ["", "1,234", "1e5", "NaN", "Infinity", "1_000", "٣", "12 34", "1.2.3", "0x10", "--1", "5 kg", "1 2345"]
)
def test_what_may_mean_two_things_is_no_number(text: str) -> None:
    """`1,234` is a thousand to one and a fraction to another; other spellings of Python are not ours."""
    assert read_decimal(text) is None


def test_more_than_six_places_are_refused() -> None:
    """Nothing is rounded in silence."""
    assert to_millionths(Decimal("0.1234567")) is None
    assert to_millionths(Decimal("9223372036854.775808")) is None
    assert millionths_of("2.5500000") == 2_550_000
    with pytest.raises(BadValueError, match="more than six decimal places"):
        millionths_of("0.1234567")


@pytest.mark.parametrize(("number", "rounded"), [(5, 0), (15, 2), (25, 2), (26, 3), (-5, 0), (-15, -2), (-25, -2)])
def test_halves_go_to_even(number: int, rounded: int) -> None:
    """Negative amounts (refunds) too."""
    assert half_even(number, 10) == rounded


def test_money_is_minor_units_of_its_currency() -> None:
    """Yen have no minor unit, dinars three digits."""
    assert (money_reader("RUB")("10.005"), money_reader("JPY")("10.5"), money_reader("KWD")("1.2345")) == (
        1000,
        10,
        1234,
    )
    with pytest.raises(BadValueError, match="too large"):
        money_reader("RUB")("1" + "0" * 20)


@pytest.mark.parametrize(
    "address",
    ["a@x.example", "a.b+c@x.co.uk", "O'Neil@x.test", "почта@домен.рф", "u@xn--80a1acny.xn--p1ai", "1@2.invalid", "a_b-c@x-y.ru"],
)  # fmt: skip
def test_good_addresses_are_taken_as_given(address: str) -> None:
    """RFC 5321 and 6531; whether the mailbox exists is not asked here."""
    assert address_of(address) == address


@pytest.mark.parametrize(
    "address",
    ["a", "a@", "@x.ru", "a@b", "a..b@x.ru", ".a@x.ru", "a@-x.ru", "a@x..ru", "a b@x.ru", "a@x.ru, b@x.ru", '"a b"@x.ru',
     "a@[1.2.3.4]", "a@x.ru>", "<a@x.ru>", "a@x.ru\r\nBcc: b@x.ru", "a" * 65 + "@x.ru", "a@" + "x" * 64 + ".ru"],
)  # fmt: skip
def test_bad_addresses_are_refused_with_the_reason(address: str) -> None:
    """Quoted local parts, lists, line ends and the rest."""
    with pytest.raises(BadValueError, match="is not an e-mail address"):
        address_of(address)


def test_an_address_is_known_by_its_key() -> None:
    """NFKC, lower case, A-label; dots and plus-tags kept."""
    assert email_point("A.b+C@ДОМЕН.рф")[1:] == ("a.b+c@xn--d1acufc.xn--p1ai", "A.b+C@ДОМЕН.рф")


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("+7 (916) 123-45-67", "79161234567"), ("8 916 123-45-67", "79161234567"), ("9161234567", "79161234567"),
        ("0049 30 123456", "4930123456"), ("+8 800", ""), ("12", ""),
    ],
)  # fmt: skip
def test_phones_are_known_by_their_digits(text: str, key: str) -> None:
    """In a Russian workspace the leading 8 is the trunk prefix."""
    if key:
        assert phone_point(text, russian=True)[1:] == (key, text)
    else:
        with pytest.raises(BadValueError, match="is not a phone number"):
            phone_point(text, russian=True)
    assert phone_point("8 916 123-45-67", russian=False).key == "89161234567"


def test_domains_are_told_from_addresses() -> None:
    """`@x.ru` and `x.ru` are domains."""
    assert [domain_of(text) for text in ("@X.ru", "почта.рф", "a@x.ru", "word")] == [
        "x.ru",
        "xn--80a1acny.xn--p1ai",
        "",
        "",
    ]


def test_times_are_iso_and_local_without_an_offset() -> None:
    """A date is midnight in the workspace's zone; a gap takes the offset before it, a repeated hour the first."""
    read = moment_reader(MOSCOW)
    assert read("2026-05-01") == datetime(2026, 4, 30, 21, tzinfo=UTC)
    assert read("2026-05-01T10:00:00.5+02:00") == datetime(2026, 5, 1, 8, 0, 0, 500_000, tzinfo=UTC)
    assert moment_reader(BERLIN)("2026-03-29T02:30") == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert moment_reader(BERLIN)("2026-10-25T02:30") == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert moment_reader(MOSCOW, "%d.%m.%Y")("01.05.2026") == read("2026-05-01")
    assert day_reader()("1990-02-28T10:00") == date(1990, 2, 28)


@pytest.mark.parametrize(
    "text", ["01.05.2026", "yesterday", "2026-13-01", "2026-02-30", "0001-01-01", "1899-12-31", "9999-12-31T23:59Z"]
)
def test_other_times_are_refused(text: str) -> None:
    """Unknown spellings, days that do not exist, and times before 1900 (a spreadsheet's zero)."""
    with pytest.raises(BadValueError):
        moment_reader(MOSCOW)(text)


def test_invisible_characters_around_a_cell_go() -> None:
    """No-break and zero-width spaces come from web pages and spreadsheets."""
    assert clean("\u200b\xa0Анна\xa0\ufeff ") == "Анна"
