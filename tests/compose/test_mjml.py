"""MJML compiled once gives what MJML compiled for each letter gives; where it would not, it is not compiled once."""

# ruff: noqa: E501 (a template and its words are read best on one line)

from __future__ import annotations

import time

import pytest

from rekindle.compose import fastest
from rekindle.compose.letter import CompiledLetter
from rekindle.compose.likeness import same_html, same_text
from rekindle.compose.mjml import MjmlError, mjml_to_html
from rekindle.model.error import ProblemsError

from .anna import FACTS, LEAVE, NOBODY, compiled, finished, named

LAST = f"<mj-section><mj-column><mj-text>{LEAVE}</mj-text></mj-column></mj-section>"


def letter(body: str, head: str = "", files: dict[str, str] | None = None) -> CompiledLetter:
    """An MJML letter."""
    return compiled(f"<mjml>{head}<mj-body>{body}{LAST}</mj-body></mjml>", name="x.mjml", files=files)


ONCE = [
    "<mj-section><mj-column><mj-text>{{ contact.first_name | default('друг') }}</mj-text></mj-column></mj-section>",
    "<mj-section><mj-column>{% if contact.city %}<mj-text>{{ contact.city }}</mj-text>{% else %}<mj-divider />{% endif %}</mj-column></mj-section>",
    "{% for order in orders %}<mj-section><mj-column><mj-text>{{ order.number }}</mj-text></mj-column></mj-section>{% endfor %}",
    "<mj-section><mj-column>{% for order in orders %}<mj-text>{{ order.number }}</mj-text>{% endfor %}</mj-column></mj-section>",
    "<mj-section><mj-column><mj-table>{% for o in orders %}<tr><td>{{ o.number }}</td></tr>{% else %}<tr><td>-</td></tr>{% endfor %}</mj-table></mj-column></mj-section>",
    "<mj-section><mj-column><mj-text>{% if contact.orders < 3 and 2 > 1 %}a < b{% endif %}<p>never closed<br>& bare</mj-text></mj-column></mj-section>",
    "<mj-section><mj-column><mj-button href=\"https://x.example/{% if offer %}a{% else %}b{% endif %}\">{{ contact.city | default('Б') }}</mj-button></mj-column></mj-section>",
    '<mj-section><mj-column><mj-image src="https://x.example/{{ contact.orders }}.png" alt="{{ contact.city | default(\'-\') }}" /></mj-column></mj-section>',
    "{% set greeting = 'Привет' %}<mj-section><mj-column><mj-text>{{ greeting }}</mj-text></mj-column></mj-section>",
    "{% include 'part.mjml' %}",
    "<mj-section><mj-column><mj-text>{# said to nobody #}{% raw %}{{ literally }}{% endraw %}</mj-text></mj-column></mj-section>",
    "<mj-section><mj-column><mj-raw><!--[if mso]><p>{{ contact.orders }}</p><![endif]--></mj-raw></mj-column></mj-section>",
]
EACH = [
    "<mj-section>{% if contact.city %}<mj-column><mj-text>a</mj-text></mj-column>{% endif %}<mj-column><mj-text>b</mj-text></mj-column></mj-section>",
    "<mj-section><mj-column width=\"{{ '30%' if contact.city else '70%' }}\"><mj-text>a</mj-text></mj-column></mj-section>",
    '<mj-section><mj-column><mj-text {% if contact.city %}color="red"{% endif %}>a</mj-text></mj-column></mj-section>',
    "{% macro box(words) %}<mj-section><mj-column><mj-text>{{ words }}</mj-text></mj-column></mj-section>{% endmacro %}{{ box('да') }}",
    "{% set name = 'part.mjml' %}{% include name %}",
    "{% import 'boxes.mjml' as boxes %}{{ boxes.box('да') }}",
]
FILES = {
    "part.mjml": "<mj-section><mj-column><mj-text>{{ contact.city | default('-') }}</mj-text></mj-column></mj-section>",
    "boxes.mjml": "{% macro box(words) %}<mj-section><mj-column><mj-text>{{ words }}</mj-text></mj-column></mj-section>{% endmacro %}",
}
STRANGERS = [FACTS, NOBODY, named(city="<b>\"&'", first_name="{{x}}"), FACTS._replace(orders=(), offer=None)]


def both(body: str, monkeypatch: pytest.MonkeyPatch, head: str = "") -> tuple[CompiledLetter, CompiledLetter]:
    """The letter compiled once, and the same letter made the slow way."""
    fast = letter(body, head, FILES)
    monkeypatch.setattr(fastest, "_agree", lambda *_: False)
    return fast, letter(body, head, FILES)


@pytest.mark.parametrize("body", ONCE)
def test_once_is_taken_and_gives_the_same_letters(body: str, monkeypatch: pytest.MonkeyPatch) -> None:
    fast, slow = both(body, monkeypatch)
    assert (fast.once, slow.once) == (True, False)
    for facts in STRANGERS:
        one, other = finished(fast, facts, tracked=False), finished(slow, facts, tracked=False)
        assert same_html(one.html, other.html)
        assert same_text(one.text, other.text)


@pytest.mark.parametrize("body", EACH)
def test_where_the_layout_depends_on_the_contact_mjml_runs_for_each_letter(body: str) -> None:
    made = letter(body, files=FILES)
    assert made.once is False
    assert [finished(made, facts).html.count("<body") for facts in STRANGERS] == [1] * 4


def test_a_disagreement_on_any_sample_falls_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """The static rules are held against real letters: what is not the same is not sent."""
    monkeypatch.setattr(fastest.Fastest, "_html_of", lambda self, text: "<body>" + text + "</body>")
    assert letter(ONCE[0]).once is False


def test_inline_styles_are_inlined_and_nothing_is_thrown_out_of_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    head = '<mj-head><mj-style inline="inline">.price { color: red }</mj-style><mj-style>.media { color: blue }</mj-style></mj-head>'
    body = '<mj-section><mj-column><mj-table>{% for o in orders %}<tr><td class="price">{{ o.amount | money }}</td></tr>{% endfor %}</mj-table></mj-column></mj-section>'
    fast, slow = both(body, monkeypatch, head)
    assert (fast.once, slow.once) == (True, False)
    for made in (fast, slow):
        html = finished(made).html
        assert html.count('style="color: red') == 2
        assert ".media { color: blue }" in html
        assert ".price {" not in html
        assert (
            html.index("<table", html.index("900")) > html.index("900") if html.count("<table") > 9 else "900" in html
        )


def test_what_mrml_garbles_in_attributes_comes_through() -> None:
    """Quotes, backslashes, no-break spaces and joiners of attributes would come out escaped as in source code."""
    html = mjml_to_html(
        "<mjml><mj-body><mj-section><mj-column><mj-image src='https://x.example/a\\b.png' alt='12\u00a0% \"да\" 👩\u200d💻' />"
        "</mj-column></mj-section></mj-body></mjml>"
    )
    assert 'alt="12\u00a0% &quot;да&quot; 👩\u200d💻"' in html
    assert 'src="https://x.example/a\\b.png"' in html


def test_space_between_tags_does_not_matter() -> None:
    """mrml stumbles over a space after <mj-head>; a marketer's indentation is none of its business."""
    spaced = (
        "<mjml> <mj-head> <mj-title>t</mj-title> </mj-head> <mj-body> <mj-section> </mj-section> </mj-body> </mjml>"
    )
    assert mjml_to_html(spaced) == mjml_to_html(spaced.replace("> <", "><"))


def test_comments_of_the_marketer_are_not_mailed() -> None:
    html = finished(letter("<!-- сказать Ане: скидка 5% --><mj-section></mj-section>")).html
    assert "сказать Ане" not in html


def test_the_language_of_the_letter_is_that_of_the_workspace() -> None:
    assert '<html lang="ru"' in finished(letter("")).html


def test_an_error_of_the_renderer_is_a_problem() -> None:
    with pytest.raises(MjmlError, match="unable to find mjml element"):
        mjml_to_html("")


def test_plain_html_is_taken_as_it_is() -> None:
    source = f"<!doctype html><html><head><style>p {{ color: red }}</style></head><body><p>Да</p>{LEAVE}</body></html>"
    html = finished(compiled(source)).html
    assert html.startswith("<!doctype html><html><head><style>p { color: red }</style></head><body><p>Да</p>")


def test_no_font_is_fetched_from_elsewhere_unless_the_marketer_says_so() -> None:
    """A reader's mailbox asks no third party because of a default."""
    assert "fonts.googleapis.com" not in finished(letter("")).html
    head = '<mj-head><mj-font name="Lato" href="https://f.example/lato.css" /></mj-head>'
    body = '<mj-section><mj-column><mj-text font-family="Lato">a</mj-text></mj-column></mj-section>'
    assert "https://f.example/lato.css" in finished(letter(body, head)).html


def test_words_that_look_like_ours_are_only_words() -> None:
    """Neither a marketer's text nor a contact's name can be taken for what stands for hidden text."""
    body = '<mj-section><mj-column><mj-image src="https://x.example/i.png" padding="{{ \'1px\' }}" alt="{{ contact.first_name }}" /><mj-text>rkm0q rkt0t rkm41x</mj-text></mj-column></mj-section>'
    made = letter(body)
    html = finished(made, named(first_name="rkm0q rkmm0q rkt1t")).html
    assert made.once is False
    assert 'alt="rkm0q rkmm0q rkt1t"' in html
    assert "rkm0q rkt0t rkm41x" in html


def test_a_broken_tag_full_of_space_is_found_at_once() -> None:
    """No pattern of ours takes longer than one pass."""
    begun = time.perf_counter()
    with pytest.raises(ProblemsError):
        letter('<mj-section padding="1px' + " \n" * 5000 + "<mj-column " + "width " * 2000 + "></mj-column>")
    assert time.perf_counter() - begun < 2
