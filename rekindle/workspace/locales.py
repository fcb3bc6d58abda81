"""The kinds of values that say where the workspace is at home: timezone, currency, locale."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from ..model.document import Node
from .known_words import known_word
from .reading import Reading, quoted, scalar

_CODES = """
AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF
CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG
HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA
MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD
RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX
USD UYU UZS VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG
"""
CURRENCIES = frozenset(_CODES.split())
"""The codes of ISO 4217 that a shop can be paid in."""

_timezones = cache(available_timezones)
"""Their names, which are gathered from hundreds of files."""

_LOCALE = re.compile(r"[a-z]{2,3}(_[A-Z][a-z]{3})?(_[A-Z]{2})?")


@dataclass(frozen=True, slots=True)
class Timezone:
    """A timezone by its IANA name."""

    def __call__(self, node: Node, reading: Reading) -> ZoneInfo | None:
        name = known_word(
            node,
            reading,
            "a timezone such as Europe/Moscow",
            _timezones(),
            "write it like Europe/Moscow or UTC",
        )
        return None if name is None else ZoneInfo(name)


@dataclass(frozen=True, slots=True)
class Currency:
    """A currency by its three letters (ISO 4217)."""

    def __call__(self, node: Node, reading: Reading) -> str | None:
        hint = "three capital letters, such as RUB or EUR"
        return known_word(node, reading, "a currency such as RUB or EUR", CURRENCIES, hint)


@dataclass(frozen=True, slots=True)
class Locale:
    """A language and country, `ru_RU`."""

    def __call__(self, node: Node, reading: Reading) -> str | None:
        found = scalar(node, reading, "a locale such as ru_RU")
        if found is None:
            return None
        if not _LOCALE.fullmatch(found.text):
            reading.fault(node.at, f"{quoted(found.text)} is not a locale", "write it like ru_RU or en_GB")
            return None
        return found.text
