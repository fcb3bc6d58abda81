"""What making one letter costs on one core, and the same letter by the standard library's EmailMessage, in one run.

    python benchmarks/compose_letter.py [--kilobytes 30] [--letters 300] [--slow]

A Russian letter in MJML with 12 links, two orders and an offer, of about 30 kB of HTML. `fill`: Jinja over a contact's
facts; `finish`: links, pixel and the way out sealed; `octets`: headers and MIME. The stdlib line is EmailMessage with
the same bodies and headers under policy.SMTP. `--slow` adds what MJML for each letter would cost.
"""

from __future__ import annotations

import argparse
import sys
import timeit
from collections.abc import Callable
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from unittest import mock
from zoneinfo import ZoneInfo

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from rekindle.compose import fastest
from rekindle.compose.letter import (
    CompiledLetter,
    DeliverySeals,
    Letter,
    LetterFacts,
    LetterSource,
    LetterStyle,
    compile_letter,
)
from rekindle.compose.mime import ListWords, Skeleton
from rekindle.model.address import Mailbox
from rekindle.model.contact import Contact
from rekindle.model.order import Order, OrderItem
from rekindle.seal import Sealer

NOW = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
SENDER = Mailbox("hello@faktura.example", "Мастерская «Фактура»")
TO = Mailbox("anna@example.ru", "Анна Иванова")
PARAGRAPH = "Мы отобрали для вас новые фактуры: лён, бетон и старое дерево, всё в трёх размерах и двух цветах. "
BLOCK = """<mj-section background-color="#ffffff"><mj-column>
<mj-text>{{ contact.first_name | default('Друг') }}, раздел №%(n)s. %(text)s</mj-text>
<mj-text><a href="https://faktura.example/%(n)s?from=letter">Смотреть раздел</a></mj-text></mj-column></mj-section>
"""
HEAD = """<mjml><mj-body><mj-section><mj-column><mj-text>Здравствуйте, {{ contact.first_name | default('друг') }}!
{% if offer %}Ваша скидка {{ offer.discount }} по слову {{ offer.code }}.{% endif %}</mj-text>
<mj-table>{% for order in orders %}<tr><td>{{ order.placed_at | date('d MMMM') }}</td>
<td>{{ order.amount | money }}</td></tr>{% endfor %}</mj-table>
<mj-button href="https://faktura.example/sale?code={{ offer.code | default('-') }}">Купить</mj-button>
</mj-column></mj-section>
"""
FOOT = """<mj-section><mj-column><mj-text><a href="{{ links.unsubscribe }}">Отписаться</a></mj-text></mj-column>
</mj-section></mj-body></mjml>"""
LINKS = 11
STYLE = LetterStyle("ru_RU", ZoneInfo("Europe/Moscow"), "RUB", {}, ("discount", "code"))
FACTS = LetterFacts(
    Contact(17, NOW, email="anna@example.ru", first_name="Анна", last_name="Иванова", gender="f"),
    [Order(n, 17, f"A-{n}", NOW, 100000 * n, items=(OrderItem("Альбом"),)) for n in (2, 1)],
    {"discount": "15%", "code": "BACK15"},
    as_of=NOW,
)


def compiled(kilobytes: int) -> CompiledLetter:
    """A letter whose HTML has about that many kilobytes."""
    repeats = max(1, (kilobytes * 1000 - 24_000) // (LINKS * len(PARAGRAPH.encode())))
    blocks = "".join(BLOCK % {"n": n, "text": PARAGRAPH * repeats} for n in range(LINKS))
    files = {"letter.mjml": HEAD + blocks + FOOT}
    subject = "{{ contact.first_name | default('Здравствуйте') }}, для вас {{ offer.discount | default('скидка') }}"
    return compile_letter(LetterSource(subject, "Скидка до конца месяца", "letter.mjml", files), STYLE)


def by_stdlib(letter: Letter, unsubscribe_url: str) -> bytes:
    """The same letter, as Python comes."""
    message = EmailMessage(policy=SMTP)
    message["From"] = f"{SENDER.name} <{SENDER.address}>"
    message["To"] = f"{TO.name} <{TO.address}>"
    message["Subject"] = letter.subject
    message["Date"] = NOW
    message["Message-ID"] = "<5.17@faktura.example>"
    message["List-Unsubscribe"] = f"<{unsubscribe_url}>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(letter.text, cte="base64")
    message.add_alternative(letter.html, subtype="html", cte="base64")
    return message.as_bytes()


def microseconds(call: Callable[[], object], letters: int) -> float:
    """The best of five rounds, for one call."""
    return min(timeit.repeat(call, number=letters, repeat=5)) / letters * 1e6


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kilobytes", type=int, default=30)
    parser.add_argument("--letters", type=int, default=300)
    parser.add_argument("--slow", action="store_true")
    asked = parser.parse_args()
    letter = compiled(asked.kilobytes)
    seals = DeliverySeals(Sealer(b"the key of the benchmark"), "https://mail.faktura.example", 123456)
    filled = letter.fill(FACTS)
    link_ids = {url: number for number, url in enumerate(filled.urls, 1)}
    made, way_out = filled.finish(seals, link_ids), seals.unsubscribe_url()
    skeleton = Skeleton(SENDER, ListWords("offers.faktura.example", "", "leave@faktura.example", "a:b:c:faktura"))
    octets = skeleton.letter_bytes(made, TO, "5.17@faktura.example", NOW, way_out)
    sizes = f"HTML {len(made.html.encode()) / 1000:.1f} kB, text {len(made.text.encode()) / 1000:.1f} kB"
    print(f"{sizes}, letter {len(octets) / 1000:.1f} kB, {len(filled.urls)} links, compiled once: {letter.once}")
    calls: dict[str, Callable[[], object]] = {
        "fill": lambda: letter.fill(FACTS),
        "finish": lambda: filled.finish(seals, link_ids),
        "octets": lambda: skeleton.letter_bytes(made, TO, "5.17@faktura.example", NOW, way_out),
        "stdlib EmailMessage": lambda: by_stdlib(made, way_out),
    }
    spent = {name: microseconds(call, asked.letters) for name, call in calls.items()}
    whole = spent["fill"] + spent["finish"] + spent["octets"]
    for name, cost in spent.items():
        print(f"{name:<22}{cost:>9.1f} us a letter{cost / whole:>8.2f} of a whole letter")
    print(f"{'a whole letter':<22}{whole:>9.1f} us: {1e6 / whole:,.0f} letters a second a core")
    print(f"{'octets : stdlib':<22}{spent['stdlib EmailMessage'] / spent['octets']:>9.1f} times")
    if asked.slow:
        with mock.patch.object(fastest, "_agree", return_value=False):
            slow = compiled(asked.kilobytes)
        cost = microseconds(lambda: slow.fill(FACTS), max(asked.letters // 10, 10))
        print(f"{'fill, MJML each time':<22}{cost:>9.1f} us a letter{cost / spent['fill']:>8.1f} of fill")


if __name__ == "__main__":
    main()
