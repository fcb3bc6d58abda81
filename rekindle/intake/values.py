"""One cell at a time: what a text in a file means, or why it cannot be taken."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from ..model.address import address_key
from ..model.contact import AttributeKind, AttributeValue
from ..model.draft import PointDraft
from ..model.duration import local_moment
from ..model.folding import fold
from ..model.money import minor_digits, to_minor
from .numbers import LARGEST, read_decimal, to_millionths

INVISIBLE = "\u200b\u200e\u200f\u2060\ufeff\xad"
LONGEST_NAME = 500
"""Characters of what something is known by: four octets each, they fit PostgreSQL's indexes (2,700 octets an entry)."""
REMEMBERED = 100_000
"""Cells whose meaning is kept: a file repeats its days, prices and buyers."""

_PLAIN_ADDRESS = re.compile(
    r"(?=.{6,254}\Z)(?=[^@]{1,64}@)[A-Za-z0-9_+&'=~/-]+(?:\.[A-Za-z0-9_+&'=~/-]+)*"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\Z"
)
_DOMAIN = re.compile(r"@?((?:[\w](?:[\w-]{0,61}[\w])?\.)+[^\W\d_](?:[\w-]{0,61}[\w])?)\Z")
_EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
_LATEST = datetime(9000, 1, 1, tzinfo=UTC)
_GENDERS = {
    **dict.fromkeys(["f", "female", "woman", "w", "ж", "жен", "жен.", "женский", "женщина"], "f"),
    **dict.fromkeys(["m", "male", "man", "м", "муж", "муж.", "мужской", "мужчина"], "m"),
}
_YES = frozenset(["yes", "true", "1", "y", "да", "on", "+"])
_NO = frozenset(["no", "false", "0", "n", "нет", "off", "-"])


class BadValueError(ValueError):
    """A cell that cannot be taken; the text is the reason that the refused row is kept with."""


def clean(text: str) -> str:
    """`text` without outer space and without characters that nobody sees."""
    text = text.strip()
    if not text.isascii():
        text = text.strip(INVISIBLE + " \t\r\n\xa0")
    return text


def known_by(text: str, what: str) -> str:
    """`text`, by which `what` is known: as it is and folded. Raises BadValueError where it is too long."""
    if len(text) > LONGEST_NAME or (not text.isascii() and len(fold(text)) > LONGEST_NAME):
        raise BadValueError(
            f"the {what} '{text[:20]}..' has {len(text):,} characters; at most {LONGEST_NAME}, as segments compare it"
        )
    return text


def moment_reader(zone: ZoneInfo, pattern: str = "") -> Callable[[str], datetime]:
    """A reader of times: ISO 8601, a date as midnight in `zone`, or as `pattern` (strptime) says. UTC comes back."""

    @lru_cache(maxsize=REMEMBERED)
    def read(text: str) -> datetime:
        try:
            written = datetime.strptime(text, pattern) if pattern else datetime.fromisoformat(text)  # noqa: DTZ007
            moment = written.astimezone(UTC) if written.tzinfo else local_moment(written, zone)
        except (ValueError, OverflowError):
            wanted = f"like {pattern}" if pattern else "ISO 8601 (2026-11-01 or 2026-11-01T10:00)"
            raise BadValueError(f"'{text}' is not a time; expected {wanted}") from None
        if not _EARLIEST <= moment <= _LATEST:
            raise BadValueError(f"'{text}' is before 1900 or after 9000")
        return moment

    return read


def day_reader(pattern: str = "") -> Callable[[str], date]:
    """A reader of plain dates: ISO 8601 (a time after it is left away), or as `pattern` says."""

    @lru_cache(maxsize=REMEMBERED)
    def read(text: str) -> date:
        try:
            if pattern:
                return datetime.strptime(text, pattern).date()  # noqa: DTZ007
            return datetime.fromisoformat(text).date()
        except ValueError:
            raise BadValueError(f"'{text}' is not a date; expected {pattern or '2026-11-01'}") from None

    return read


def money_reader(currency: str) -> Callable[[str], int]:
    """A reader of amounts in major units of `currency`; minor units come back, halves rounded to even."""
    widest = Decimal(LARGEST).scaleb(-minor_digits(currency))

    @lru_cache(maxsize=REMEMBERED)
    def read(text: str) -> int:
        number = decimal_of(text)
        if abs(number) >= widest:
            raise BadValueError(f"'{text}' is too large")
        return to_minor(number, currency)

    return read


def decimal_of(text: str) -> Decimal:
    """An exact number. Raises BadValueError."""
    number = read_decimal(text)
    if number is None:
        raise BadValueError(f"'{text}' is not a number")
    return number


@lru_cache(maxsize=REMEMBERED)
def millionths_of(text: str) -> int:
    """An exact number in millionths. Raises BadValueError for more than six decimal places."""
    scaled = to_millionths(decimal_of(text))
    if scaled is None:
        raise BadValueError(f"'{text}' has more than six decimal places or is too large")
    return scaled


@lru_cache(maxsize=REMEMBERED)
def address_of(text: str) -> str:
    """The address as given, checked (RFC 5321, 5322, 6531; quoted local parts refused). Raises BadValueError."""
    if _PLAIN_ADDRESS.match(text):
        return text
    from email_validator import EmailNotValidError, validate_email

    try:
        validate_email(text, check_deliverability=False, globally_deliverable=False, strict=True)
    except EmailNotValidError as error:
        raise BadValueError(f"'{text}' is not an e-mail address: {_first_sentence(error)}") from None
    if "." not in text.rpartition("@")[2].strip("."):
        raise BadValueError(f"'{text}' is not an e-mail address: its domain has no dot")
    return text


def _first_sentence(error: Exception) -> str:
    sentence = str(error).split(". ")[0].rstrip(".")
    return sentence[:1].lower() + sentence[1:]


def email_point(text: str) -> PointDraft:
    """An address as a point of contact. Raises BadValueError."""
    address = address_of(text)
    return PointDraft("email", address_key(address), address)


def phone_point(text: str, *, russian: bool) -> PointDraft:
    """A phone as a point of contact, known by its digits; `russian`: a leading 8 is the trunk prefix, so 7."""
    digits = "".join(character for character in text if character in "0123456789")
    if text.startswith("00") and len(digits) > 9:
        digits = digits[2:]
    elif russian and len(digits) == 11 and digits[0] == "8" and not text.startswith("+"):
        digits = "7" + digits[1:]
    elif russian and len(digits) == 10 and digits[0] == "9" and not text.startswith("+"):
        digits = "7" + digits
    if not 5 <= len(digits) <= 15:
        raise BadValueError(f"'{text}' is not a phone number: {len(digits)} digits")
    return PointDraft("phone", digits, text)


def domain_of(text: str) -> str:
    """The domain that `@example.com` or `example.com` names, as A-label; empty where the text is something else."""
    match = _DOMAIN.match(text)
    return address_key(f"x@{match[1]}").partition("@")[2] if match else ""


def gender_of(text: str) -> str:
    """`f` or `m`. Raises BadValueError."""
    found = _GENDERS.get(text.lower())
    if found is None:
        raise BadValueError(f"the gender '{text}' is neither f nor m")
    return found


def flag_of(text: str) -> bool:
    """Yes or no. Raises BadValueError."""
    lowered = text.lower()
    if lowered in _YES or lowered in _NO:
        return lowered in _YES
    raise BadValueError(f"'{text}' is neither yes nor no")


def timezone_of(text: str) -> str:
    """The name of a timezone that exists. Raises BadValueError."""
    try:
        return ZoneInfo(text).key
    except (KeyError, ValueError, OSError):
        raise BadValueError(f"the timezone '{text}' is not known; write it like Europe/Moscow") from None


def list_of(text: str, separator: str = "|") -> tuple[str, ...]:
    """The items between the separators, each trimmed, empty ones left away."""
    return tuple(item for part in text.split(separator) if (item := clean(part)))


def attribute_of(text: str, kind: AttributeKind, pattern: str = "", separator: str = "|") -> AttributeValue:
    """A declared attribute's value by its kind. Raises BadValueError."""
    if kind is AttributeKind.NUMBER:
        number = decimal_of(text)
        if to_millionths(number) is None:
            raise BadValueError(f"'{text}' has more than six decimal places or is too large")
        return number
    if kind is AttributeKind.DATE:
        return _attribute_day(pattern)(text)
    if kind is AttributeKind.FLAG:
        return flag_of(text)
    return list_of(text, separator) if kind is AttributeKind.LIST else text


@lru_cache(maxsize=100)
def _attribute_day(pattern: str) -> Callable[[str], date]:
    return day_reader(pattern)


def is_ahead(moment: datetime, now: datetime) -> bool:
    """Whether a moment lies ahead of the import's own, beyond what two clocks may differ by."""
    return moment > now + timedelta(minutes=1)
