"""The filters that letters have beside Jinja's own (LANGUAGE 6): money, date, plural, case, by_gender."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from jinja2 import Undefined

from ..names.declension import in_case
from ..names.gender import by_gender
from ..names.plural import plural
from .environment import MAX_TEXT, LetterError, MissingValue
from .values import LetterStyle, PersonName, Record, decimal_of, moment_of

DATE_STYLES = ("short", "medium", "long", "full")


OWN_FILTERS = frozenset(["money", "date", "plural", "case", "by_gender", "first", "last", "replace", "round"])
"""The names of `letter_filters`."""


def letter_filters(style: LetterStyle) -> Mapping[str, Callable[..., Any]]:
    """The filters, bound to how this workspace writes its numbers and dates."""
    language = style.locale.partition("_")[0]

    def plural_of(count: Any, *forms: str) -> str:
        number = len(count) if isinstance(count, list | tuple) else count
        return plural(_given(number), *forms, language=language)

    return {
        "money": lambda value, currency=style.currency: money(_given(value), str(currency), style.locale),
        "date": lambda value, pattern="long": shown_date(_given(value), str(pattern), style),
        "plural": plural_of,
        "case": cased,
        "by_gender": gendered,
        "first": lambda items: _end_of(items, "first"),
        "last": lambda items: _end_of(items, "last"),
        "replace": replaced,
        "round": rounded,
    }


def _given(value: Any) -> Any:
    """`value`, which must be there: printing a missing one is the error that names it."""
    if isinstance(value, Undefined):
        str(value)
    return value


def _end_of(items: Any, which: str) -> Any:
    """The first or last item; of an empty list a missing value, which takes a default."""
    taken = tuple(_given(items))
    if not taken:
        return MissingValue(f"the {which} of an empty list")
    return taken[0] if which == "first" else taken[-1]


def money(value: Any, currency: str, locale: str) -> str:
    """An amount in major units as the locale writes it; a whole amount without minor units: 5 000 ₽, 4 990,50 ₽."""
    amount = decimal_of(value)
    return _money_words(amount, currency, locale)


@lru_cache(maxsize=4096)
def _money_words(amount: Any, currency: str, locale: str) -> str:
    from babel.numbers import format_currency, parse_pattern

    pattern = _currency_pattern(locale)
    if amount == amount.to_integral_value():
        whole = parse_pattern(pattern.pattern)
        whole.frac_prec = (0, 0)
        return str(whole.apply(amount, locale, currency=currency, currency_digits=False))
    return format_currency(amount, currency, locale=locale)


@lru_cache(maxsize=64)
def _currency_pattern(locale: str) -> Any:
    from babel import Locale

    return Locale.parse(locale).currency_formats["standard"]


def shown_date(value: Any, pattern: str, style: LetterStyle) -> str:
    """A date as the locale writes it; `pattern` is short, medium, long, full or a CLDR pattern such as `d MMMM`."""
    if "%" in pattern:
        raise LetterError(f"'{pattern}': a date pattern is short, medium, long, full or like d MMMM yyyy")
    return _date_words(moment_of(value, style.zone), pattern, style.locale)


@lru_cache(maxsize=4096)
def _date_words(moment: Any, pattern: str, locale: str) -> str:
    from babel.dates import format_date, format_datetime

    if pattern not in DATE_STYLES and isinstance(moment, datetime):
        return format_datetime(moment.replace(tzinfo=None), pattern, locale=locale)
    return format_date(moment, pattern, locale=locale)


def cased(name: Any, case: str, gender: str = "") -> str:
    """A Russian name in another case: `contact.first_name | case('dative')`."""
    _given(name)
    if isinstance(name, PersonName):
        return in_case(str(name), case, name.part, gender or name.gender)
    return in_case(str(name), case, gender=gender)


def gendered(value: Any, masculine: str, feminine: str, otherwise: str = "") -> str:
    """One of three words by the gender of a contact, or by `contact.gender` itself."""
    gender = value.values["gender"] if isinstance(value, Record) else value
    return by_gender(gender, masculine, feminine, otherwise)


def replaced(value: Any, old: str, new: str, count: int = -1) -> str:
    """Jinja's `replace`, up to the length that a letter may have."""
    text = str(_given(value))
    if len(text) + text.count(old) * len(new) > MAX_TEXT:
        raise LetterError("a text too long for a letter")
    result = text.replace(old, new, count)
    return type(value)(result) if type(value).__name__ == "Markup" else result


def rounded(value: Any, precision: int = 0) -> Any:
    """A number rounded half-even to at most 9 digits after the point; whole without any."""
    if not 0 <= precision <= 9:
        raise LetterError("round takes 0 to 9 digits")
    result = round(decimal_of(_given(value)), precision)
    return int(result) if precision == 0 else result
