"""From template to letter: values, missing ones, links, pixel, preheader."""

# ruff: noqa: E501 (a template and its words are read best on one line)

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rekindle.compose.letter import UnrenderableError, control_character
from rekindle.model.configuration import Sender
from rekindle.model.problem import Position
from rekindle.seal import Purpose, Sealed

from .anna import FACTS, LEAVE, NOBODY, SEALER, compiled, finished, named, page


@pytest.mark.parametrize(
    ("template", "shown"),
    [
        ("{{ contact.first_name }}", "Анна"),
        ("{{ contact['first_name'] }}", "Анна"),
        ("{{ contact.orders }} {{ contact.revenue | money }}", "2 4 900,50 ₽"),
        ("{{ contact.average_order | money }}", "2 450,25 ₽"),
        ("{{ contact.silent_days }}", "90"),
        ("{{ contact.last_order_at | date }}", "3 августа 2026 г."),
        ("{{ contact.first_order_at | date('d MMMM') }}", "1 марта"),
        ("{{ contact.birthday | date('short') }}", "28.02.1990"),
        ("{{ contact.shop_area }}", "40.5"),
        ("{{ contact.brands | join(', ') }}", "Фактура, Лён"),
        ("{% for tag in contact.tags %}{{ tag }}{% endfor %}", "vip"),
        ("{{ contact.orders }} {{ contact.orders | plural('заказ','заказа','заказов') }}", "2 заказа"),
        ("{{ orders | plural('заказ','заказа','заказов') }}", "заказа"),
        ("{{ contact.gender | by_gender('Уважаемый','Уважаемая','Здравствуйте,') }}", "Уважаемая"),
        ("{{ contact | by_gender('Уважаемый','Уважаемая','Здравствуйте,') }}", "Уважаемая"),
        ("{% for order in orders %}{{ order.number }}={{ order.amount | money }} {% endfor %}", "A-2=900 ₽ A-1=4 000,50 ₽"),
        ("{% for item in orders[0]['items'] %}{{ item.product }} x{{ item.quantity }}{% endfor %}", "Альбом x3"),
        ("{{ (orders | first).number }}", "A-2"),
        ("{{ offer.discount }} {{ offer.code }}", "15% BACK15"),
        ("{{ offers | length }}", "2"),
        ("{% for p in popular %}{{ p }}/{{ p.product }} {% endfor %}", "Паспарту/Паспарту Фон/Фон"),
        ("{{ campaign.name }} {{ campaign.period }}", "winback 2026-11"),
        ("{{ organisation.name }}, {{ organisation.url }}", "Мастерская «Фактура», https://faktura.example"),
        ("{{ as_of | date }}", "1 ноября 2026 г."),
        ("{{ 5000 | money }}|{{ 4990.5 | money }}|{{ 10 | money('EUR') }}", "5 000 ₽|4 990,50 ₽|10 €"),
        ("{{ 7 | round(0) }} {{ 'а' | replace('а', 'б') }}", "7 б"),
        ("{% set c = contact %}{{ c.city }}", "Тверь"),
        ("{% macro greet(who) %}{{ who.city }}{% endmacro %}{{ greet(contact) }}", "Тверь"),
        ("{% if contact.birthday_gift %}да{% else %}нет{% endif %}", "нет"),
        ("{{ 'да' if contact.shop_area > 40 }}", "да"),
    ],
)  # fmt: skip
def test_a_template_says_what_it_asks_for(template: str, shown: str) -> None:
    """The names and filters of LANGUAGE 6, in Russian."""
    letter = compiled(LEAVE, files={"x.txt": template + "\n{{ links.unsubscribe }}"})
    text = finished(letter).text.replace("\N{NO-BREAK SPACE}", " ").replace("\u202f", " ")
    assert text.rpartition("\n")[0].strip() == shown


@pytest.mark.parametrize(
    ("template", "shown"),
    [
        ("{{ contact.first_name | default('друг') }}", "друг"),
        ("{{ contact.first_name or 'друг' }}", "друг"),
        ("{% if contact.city %}{{ contact.city }}{% else %}-{% endif %}", "-"),
        ("{{ '-' if contact.shop_area > 5 else '+' }}", "+"),
        ("{{ '-' if contact.city == 'Тверь' else '+' }}", "+"),
        ("{{ '-' if contact.city in ['Тверь'] else '+' }}", "+"),
        ("{{ '-' if 'фото' in contact.specialization else '+' }}", "+"),
        ("{{ contact.brands | length }}{% for b in contact.brands %}{{ b }}{% endfor %}", "0"),
        ("{% if offer %}-{% else %}+{% endif %}", "+"),
        ("{{ offer.discount | default('10%') }}", "10%"),
        ("{{ contact.gender | by_gender('а','б','в') }}", "в"),
        ("{{ contact.orders }}", "0"),
        ("{{ '+' if contact.city is not defined }}", "+"),
        ("{{ orders[0].number | default('+') }}", "+"),
        ("{{ (orders | first).number | default('+') }}", "+"),
        ("{{ (contact.tags | last) or '+' }}", "+"),
        ("{{ orders[0]['items'][0].product | default('+') }}", "+"),
    ],
)
def test_a_missing_value_is_false_and_takes_a_default(template: str, shown: str) -> None:
    letter = compiled(LEAVE, files={"x.txt": template + "\n{{ links.unsubscribe }}"})
    assert finished(letter, NOBODY).text.rpartition("\n")[0].strip() == shown


@pytest.mark.parametrize(
    ("template", "name"),
    [
        ("{{ contact.first_name }}", "contact.first_name"),
        ("{{ contact.first_name | upper }}", "contact.first_name"),
        ("{{ contact.first_name ~ '!' }}", "contact.first_name"),
        ("{{ contact.shop_area * 2 }}", "contact.shop_area"),
        ("{{ contact.shop_area | money }}", "contact.shop_area"),
        ("{{ contact.birthday | date }}", "contact.birthday"),
        ("{{ contact.last_order_at | date }}", "contact.last_order_at"),
        ("{{ offer.discount }}", "offer.discount"),
        ("{{ campaign.period }}", "campaign.period"),
        ("{{ orders[0].number }}", "item 0 of a list of 0.number"),
        ("{{ (orders | first).number }}", "the first of an empty list.number"),
        ("{% for letter in contact.city %}{{ letter }}{% endfor %}", "contact.city"),
    ],
)
def test_a_missing_value_that_is_printed_fails_this_letter_alone(template: str, name: str) -> None:
    """The error names contact, field, template, line and column, and what to write instead."""
    letter = page(f"<p>a</p>\n<p>{template}</p>")
    with pytest.raises(UnrenderableError) as caught:
        letter.fill(NOBODY)
    assert caught.value.contact_id == 18
    assert caught.value.at == Position("templates/x.html", 2, 4)
    assert f"{name} has no value" in str(caught.value)
    assert letter.fill(FACTS).contact_id == 17


def test_the_place_of_a_missing_value_is_found_through_includes_and_mjml() -> None:
    """MJML is compiled and includes are written out, and still the line is the marketer's own."""
    part = "<mj-section><mj-column>\n  <mj-text>\n\n    Город: {{ contact.city }}</mj-text></mj-column></mj-section>"
    leave = f"<mj-section><mj-column><mj-text>{LEAVE}</mj-text></mj-column></mj-section>"
    whole = f"<mjml><mj-body>{{% include 'part.mjml' %}}{leave}</mj-body></mjml>"
    letter = compiled(whole, name="x.mjml", files={"part.mjml": part})
    with pytest.raises(UnrenderableError) as caught:
        letter.fill(NOBODY)
    assert (letter.once, caught.value.at) == (True, Position("templates/part.mjml", 4, 12))


def test_the_place_of_a_missing_value_in_the_subject_is_the_campaign() -> None:
    from rekindle.compose.letter import LetterSource, compile_letter

    at = Position("campaigns/w.yml", 7, 10)
    letter = compile_letter(LetterSource("{{ contact.city }}!", "", "x.html", {"x.html": LEAVE}, subject_at=at))
    with pytest.raises(UnrenderableError) as caught:
        letter.fill(NOBODY)
    assert caught.value.at == at


def test_a_contacts_value_is_never_a_template() -> None:
    """A contact named {{7*7}} arrives literally, in every part."""
    name = "{{7*7}}{% for x in range(9) %}{{ contact.email }}"
    greeting = "{{ contact.first_name }}"
    letter = finished(page(f"<p>{greeting}</p>", subject=greeting, preheader=greeting), named(first_name=name))
    assert letter.subject == letter.preheader == name
    assert name in letter.text
    assert name in letter.html


class Elements(HTMLParser):
    """Every element and attribute of a document, and its words."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, ...]] = []
        self.words = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, *(name for name, _ in attrs)))

    def handle_comment(self, data: str) -> None:
        self.found.append(("comment",))

    def handle_data(self, data: str) -> None:
        self.words += data


XSS = [
    "<img src=x onerror=alert(1)>",
    "</mj-text><mj-raw><script>alert(1)</script></mj-raw>",
    '"><svg onload=alert(1)>',
    "' onmouseover='alert(1)",
    "<!--",
    "--><script>",
    "&lt;script&gt;",
    "]]><b>",
    "<!--rkt0t-->rkt1t",
    "\x1a5\x1a",
    "</title><script>",
]
MJML_PAGE = (
    "<mjml><mj-head><mj-title>{{ contact.first_name }}</mj-title></mj-head><mj-body><mj-section><mj-column>"
    '<mj-text>{{ contact.first_name }} <a title="{{ contact.first_name }}" href="https://x.example/?n={{ contact.first_name }}">'
    "b</a></mj-text>"
    '<mj-image src="https://x.example/i.png" alt="{{ contact.first_name }}" />'
    f"<mj-text>{LEAVE}</mj-text></mj-column></mj-section></mj-body></mjml>"
)


@pytest.mark.parametrize("name", XSS)
@pytest.mark.parametrize("slow", [False, True])
def test_a_contacts_name_adds_no_element_and_no_attribute(name: str, *, slow: bool) -> None:
    """Whatever a stranger writes into a form stays text, compiled once or letter by letter."""
    source = MJML_PAGE.replace("<mj-image", "<mj-image padding=\"{{ '1px' }}\"") if slow else MJML_PAGE
    letter = compiled(source, name="x.mjml", preheader="{{ contact.first_name }}")
    assert letter.once is not slow
    usual = Elements(finished(letter, named(first_name="Анна")).html)
    strange = Elements(finished(letter, named(first_name=name)).html)
    assert strange.found == usual.found
    assert strange.words.count(name.replace("\x1a", "")) >= 3


@given(st.text(max_size=40))
def test_any_name_at_all_stays_text(name: str) -> None:
    """Either the letter says the name, or (line breaks in the subject) this letter alone is refused."""
    letter, facts = LETTER_OF_ANY_NAME, named(first_name=name)
    if control_character(name.replace("\t", " ").replace("\x1a", "")) and name.strip():
        with pytest.raises(UnrenderableError, match="contact 17: the subject holds"):
            letter.fill(facts)
    else:
        usual = finished(letter, named(first_name="Анна"))
        assert Elements(finished(letter, facts).html).found == Elements(usual.html).found


LETTER_OF_ANY_NAME = page(
    "<p title=\"{{ contact.first_name|default('-') }}\">{{ contact.first_name | default('-') }}</p>",
    subject="Тема {{ contact.first_name | default('-') }}",
)


@pytest.mark.parametrize("bad", ["a\r\nBcc: x@y.example", "a\nb", "a\rb", "a\x00b", "a\u2028b", "a\u2029b", "a\x85b"])
def test_a_subject_with_a_line_break_is_refused_for_that_letter_alone(bad: str) -> None:
    letter = page("<p>a</p>", subject="Для {{ contact.first_name }}")
    with pytest.raises(UnrenderableError, match="may not stand in a header"):
        letter.fill(named(first_name=bad))
    assert letter.fill(FACTS).subject == "Для Анна"


def test_links_are_holes_filled_with_sealed_addresses() -> None:
    """Every web link is tracked, each address once; mailto, tel, places and our own are not."""
    body = (
        '<a href="https://x.example/a?b=1&amp;c=2">a</a> <A HREF=\'http://x.example/\'>b</A> <a class="q" href=https://x.example/>'
        'c</a> <a href="mailto:a@b.example">d</a> <a href="tel:+7">e</a> <a href="#top">f</a>'
        ' <a href="https://x.example/a?b=1&amp;c=2">again</a> <a href="https://x.example/?c={{ offer.code }}">g</a>'
        ' <a href="{{ links.browser }}">h</a> <a href="{{ links.preferences }}">i</a>'
    )
    letter = page(body)
    filled = letter.fill(FACTS)
    urls = ("https://x.example/a?b=1&c=2", "http://x.example/", "https://x.example/", "https://x.example/?c=BACK15")
    assert filled.urls == urls
    assert letter.fixed_urls == urls[:3]
    made = finished(letter)
    hrefs = [value for value in AllAttributes(made.html).values("a", "href") if value]
    seals = [href.removeprefix("https://t.example/") for href in hrefs]
    assert [SEALER.open(Purpose.CLICK, seal[2:]) for seal in seals if seal.startswith("c/")] == [
        Sealed(5, number) for number in (1, 2, 3, 1, 4)
    ]
    assert [href for href in hrefs if not href.startswith("https://t.example/")] == [
        "mailto:a@b.example",
        "tel:+7",
        "#top",
    ]
    assert SEALER.open(Purpose.BROWSER, seals[8].removeprefix("v/")) == Sealed(5)
    assert SEALER.open(Purpose.PREFERENCES, seals[9].removeprefix("p/")) == Sealed(5)
    assert SEALER.open(Purpose.UNSUBSCRIBE, seals[10].removeprefix("u/")) == Sealed(5)


class AllAttributes(HTMLParser):
    """Attribute values by element."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.all: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.all.append((tag, dict(attrs)))

    def values(self, tag: str, name: str) -> list[str | None]:
        """The values of `name` in all `tag`s, in order."""
        return [attributes.get(name) for found, attributes in self.all if found == tag]


@pytest.mark.parametrize(
    "template",
    [
        "{{ contact.city }}, {{ links.browser if contact.city }} {{ contact.city }}",
        "{% set to %}{{ contact.city }}: {{ links.browser }}{% endset %}{{ contact.city }} {{ to }}",
        "{% macro to(where) %}{{ where }}: {{ links.browser }}!{% endmacro %}{{ contact.city }} {{ to(contact.city) }}",
        "{% for word in ['a', 'b'] %}{{ word }}{{ links['browser'] }}{{ word }}{% endfor %}",
    ],
)
def test_a_link_is_filled_wherever_it_is_printed(template: str) -> None:
    """Short pieces are printed as one: an address among them is a hole all the same."""
    made = finished(page(template, files={"x.txt": template + " {{ links.unsubscribe }}"}))
    for body in (made.html, made.text):
        assert "https://t.example/v/" in body
        assert "\x1a" not in body


def test_the_pixel_ends_the_body_and_opens() -> None:
    html = finished(page("<p>a</p>")).html
    source = AllAttributes(html).values("img", "src")[-1]
    assert source is not None
    assert SEALER.open(Purpose.OPEN, source.removeprefix("https://t.example/o/").removesuffix(".gif")) == Sealed(5)
    assert html.rpartition("<img")[2].endswith('"></body></html>')


def test_an_untracked_letter_has_plain_links_and_no_pixel() -> None:
    """`tracking: no` of a contact: nothing tells of him; the way out is sealed all the same."""
    letter = page('<a href="https://x.example/?a=1&amp;b=2">a</a>')
    made = letter.fill(FACTS).finish(_untracked(), {})
    assert AllAttributes(made.html).values("a", "href")[0] == "https://x.example/?a=1&b=2"
    assert AllAttributes(made.html).values("img", "src") == []
    assert "a: https://x.example/?a=1&b=2" in made.text
    assert "https://t.example/u/" in made.html
    assert "https://t.example/u/" in made.text


def _untracked() -> object:
    from rekindle.compose.letter import DeliverySeals

    return DeliverySeals(SEALER, "https://t.example", 5, tracked=False)


def test_text_part_links_are_tracked_too() -> None:
    text = "Купить: https://x.example/a. И (https://x.example/b_(c))! {% if offer %}https://x.example/?c={{ offer.code }}{% endif %}, {{ links.unsubscribe }}"
    letter = compiled(LEAVE, files={"x.txt": text})
    assert letter.fill(FACTS).urls == ("https://x.example/a", "https://x.example/b_(c)", "https://x.example/?c=BACK15")
    made = finished(letter).text
    assert made.count("https://t.example/c/") == 3
    assert [end for end in (". И (", ")! ", ", https://t.example/u/") if end not in made] == []


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "//evil.example", "https:evil.example", "https:///x",
     "https://good.example@evil.example", "https://good.example\\@evil.example", "https://e vil.example", "/relative", "https://", "vbscript:x", "file:///etc/passwd", "https://a.example:99999/", "ht\ttp://x", "\x01https://x.example"],
)  # fmt: skip
def test_an_address_from_a_contact_that_may_not_stand_in_a_letter_fails_that_letter(url: str) -> None:
    letter = page('<a href="{{ contact.position }}">a</a>')
    with pytest.raises(UnrenderableError, match="link"):
        letter.fill(named(position=url))
    assert letter.fill(named(position="https://x.example/")).urls == ("https://x.example/",)


def test_an_address_with_other_letters_is_written_as_rfc_3986_wants() -> None:
    letter = page('<a href="https://почта.рф/{{ contact.city }}?q={{ contact.first_name }} b%20c">a</a>')
    assert letter.fill(FACTS).urls == (
        "https://xn--80a1acny.xn--p1ai/%D0%A2%D0%B2%D0%B5%D1%80%D1%8C?q=%D0%90%D0%BD%D0%BD%D0%B0%20b%20c",
    )


def test_the_preheader_is_hidden_at_the_beginning_and_not_in_the_text() -> None:
    letter = page("<p>Тело</p>", preheader="Для {{ contact.first_name }} <до> конца")
    made = finished(letter)
    assert made.preheader == "Для Анна <до> конца"
    begin = made.html.partition("<body>")[2]
    assert begin.startswith('<div style="display:none;')
    assert "Для Анна &lt;до&gt; конца" in begin.partition("</div>")[0]
    assert "Для Анна" not in made.text


def test_the_campaigns_preheader_stands_in_place_of_the_templates_own() -> None:
    head = "<mj-head><mj-preview>Своё</mj-preview></mj-head>"
    source = f"<mjml>{head}<mj-body><mj-section><mj-column><mj-text>{LEAVE}</mj-text></mj-column></mj-section></mj-body></mjml>"
    assert "Своё" in finished(compiled(source, name="x.mjml")).html
    assert "Своё" not in finished(compiled(source, name="x.mjml", preheader="Другое")).html


def test_an_empty_subject_is_refused() -> None:
    letter = page("a", subject="{{ contact.city | default('') }}")
    with pytest.raises(UnrenderableError, match="the subject came out empty"):
        letter.fill(NOBODY)


def test_the_same_facts_give_the_same_letter() -> None:
    letter = page("<p>{{ contact.first_name }}</p>")
    assert finished(letter) == finished(letter)


def test_a_blank_text_is_a_missing_one() -> None:
    letter = page("{{ contact.first_name | default('друг') }}")
    assert "друг" in finished(letter, named(first_name="  ")).text


def test_values_of_the_firm_are_escaped_too() -> None:
    made = finished(page("{{ organisation.name }}"), FACTS._replace(organisation=Sender("A & <B>")))
    assert "A &amp; &lt;B&gt;" in made.html
    assert "A & <B>" in made.text
