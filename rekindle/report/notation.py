"""How numbers, money and moments are written in a report: English, and Russian for a Russian workspace."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo

from ..model.money import minor_digits

MINUS = "−"
_SYMBOLS = {"EUR": "€", "GBP": "£", "USD": "$", "RUB": "₽", "UAH": "₴", "KZT": "₸", "BYN": "Br", "JPY": "¥"}
_MONTHS = {
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    "ru": (
        "января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября", "ноября",
        "декабря",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Notation:
    """`language` is `en` or `ru`; spaces inside a number never break a line."""

    language: str
    currency: str
    zone: tzinfo

    def number(self, value: float, digits: int = 0) -> str:
        """`1,234.5` or `1 234,5`, with a true minus; a value that rounds to zero has no sign."""
        text = f"{abs(value):,.{digits}f}"
        if self.language == "ru":
            text = text.translate({ord(","): "\u00a0", ord("."): ","})
        return MINUS + text if round(value, digits) < 0 else text

    def signed(self, value: float, digits: int = 0) -> str:
        """The same with a plus before what is above zero."""
        return ("+" if round(value, digits) > 0 else "") + self.number(value, digits)

    def percent(self, fraction: float, digits: int | None = None) -> str:
        """A fraction as per cent, of one decimal, two where it is below two per cent."""
        hundredths = fraction * 100
        places = digits if digits is not None else _places(hundredths)
        return self.number(hundredths, places) + ("\u00a0%" if self.language == "ru" else "%")

    def points(self, fraction: float, like: float | None = None) -> str:
        """A signed difference of shares in percentage points, without the word; as many decimals as `like` asks for."""
        return self.signed(fraction * 100, _places((fraction if like is None else like) * 100))

    def money(self, value: float, *, signed: bool = False, like: float | None = None) -> str:
        """Major units with the currency's sign: whole from 1,000 on (`like` decides where given)."""
        size = value if like is None else like
        digits = 0 if abs(size) >= 1000 else minor_digits(self.currency)
        symbol = _SYMBOLS.get(self.currency, self.currency)
        plain = self.number(abs(value), digits)
        sign = MINUS if round(value, digits) < 0 else "+" if signed and round(value, digits) > 0 else ""
        if self.language == "ru" or len(symbol) > 1:
            return f"{sign}{plain}\u00a0{symbol}"
        return f"{sign}{symbol}{plain}"

    def p_value(self, value: float | None) -> str:
        """Three decimals, two from 0.1 on, and a bound below 0.001."""
        if value is None:
            return "–"
        if value < 0.001:
            return "< " + self.number(0.001, 3)
        return self.number(value, 3 if value < 0.1 else 2)

    def moment(self, moment: datetime) -> str:
        """`1 Nov 2026, 12:00` in the workspace's timezone."""
        local = moment.astimezone(self.zone)
        return f"{self.day(moment)}, {local:%H:%M}"

    def day(self, moment: datetime) -> str:
        """`1 Nov 2026` in the workspace's timezone."""
        local = moment.astimezone(self.zone)
        return f"{local.day}\u00a0{_MONTHS[self.language][local.month - 1]} {local.year}"


def _places(hundredths: float) -> int:
    return 2 if 0 < abs(hundredths) < 1.995 else 1
