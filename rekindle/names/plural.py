"""Which form of a noun stands beside a number (Unicode CLDR plural rules for cardinals, for the languages we write)."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

_EAST_SLAVIC = frozenset(["ru", "uk", "be"])


def plural(count: object, *forms: str, language: str = "ru") -> str:
    """The form of `forms` that fits `count`: one, few, many (Russian: заказ, заказа, заказов); one, other (English).

    Two forms in a Slavic language stand for one and all others. A fraction takes `few` in Russian (полтора заказа),
    `other` in English. Raises ValueError for a count that is no number, or other than two or three forms.
    """
    if not 2 <= len(forms) <= 3:
        raise ValueError(f"plural takes two or three forms, {len(forms)} given")
    number = _number(count)
    index = _slavic_form(number) if language.partition("_")[0] in _EAST_SLAVIC else _english_form(number)
    return forms[min(index, len(forms) - 1)]


def _number(count: object) -> Decimal:
    try:
        number = Decimal(str(count)).copy_abs()
    except InvalidOperation as error:
        raise ValueError(f"plural counts numbers, not {count!r}") from error
    if not number.is_finite():
        raise ValueError(f"plural counts numbers, not {count!r}")
    return number


def _slavic_form(number: Decimal) -> int:
    """0 one, 1 few, 2 many."""
    if number != number.to_integral_value():
        return 1
    last_two = int(number) % 100
    last = last_two % 10
    if last == 1 and last_two != 11:
        return 0
    return 1 if 2 <= last <= 4 and not 12 <= last_two <= 14 else 2


def _english_form(number: Decimal) -> int:
    return 0 if number == 1 else 2
