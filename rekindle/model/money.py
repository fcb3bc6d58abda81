"""Money: integer minor units with a currency (GLOSSARY)."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal

ZERO_DIGIT_CURRENCIES = frozenset("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split())
THREE_DIGIT_CURRENCIES = frozenset(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"])


def minor_digits(currency: str) -> int:
    """Digits after the point of `currency` (ISO 4217)."""
    if currency in ZERO_DIGIT_CURRENCIES:
        return 0
    return 3 if currency in THREE_DIGIT_CURRENCIES else 2


def to_minor(amount: Decimal, currency: str) -> int:
    """`amount` in major units as integer minor units, rounded half-even."""
    return int((amount.scaleb(minor_digits(currency))).quantize(Decimal(1), rounding=ROUND_HALF_EVEN))


def to_major(minor: int, currency: str) -> Decimal:
    """Integer minor units as an exact amount in major units."""
    return Decimal(minor).scaleb(-minor_digits(currency))


def half_even(number: int, divisor: int) -> int:
    """`number / divisor` rounded to whole, halves to the even neighbour; exact, for any size."""
    whole, rest = divmod(number, divisor)
    if rest * 2 > divisor or (rest * 2 == divisor and whole % 2):
        whole += 1
    return whole
