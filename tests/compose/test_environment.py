"""What a template may do: nothing that escapes, grows without bound, or gives another result tomorrow."""

from __future__ import annotations

import time

import pytest

from rekindle.compose.letter import UnrenderableError, compile_letter
from rekindle.model.error import MissingExtraError, ProblemsError
from rekindle.model.letter import LetterSource

from .anna import FACTS, LEAVE, STYLE, compiled, finished, named

ESCAPES = [
    "{{ ''.__class__.__mro__ }}",
    "{{ contact.__class__ }}",
    "{{ contact['__class__'] }}",
    "{{ contact | attr('__class__') }}",
    "{{ ''['__class__'] }}",
    "{{ cycler.__init__.__globals__ }}",
    "{{ lipsum.__globals__ }}",
    "{{ self.__init__ }}",
    "{{ self._TemplateReference__context }}",
    "{{ joiner.__init__.__globals__.os.popen('id').read() }}",
    "{{ range.__self__ }}",
    "{{ contact.values }}",
    "{{ contact.known }}",
    "{{ links.values }}",
    "{{ ''.format }}{{ '{0.__class__}'.format(contact) }}",
    "{{ '%s' | format(contact) }}",
    "{{ [].append(1) }}{{ orders.append(1) }}",
    "{{ {}.update({'a': 1}) }}",
    "{{ contact.first_name.encode() }}",
    "{{ orders[0]._readers }}",
    "{{ get_flashed_messages() }}",
    "{{ dict(a=1) }}",
    "{{ [1, 2] | random }}",
    "{{ contact | pprint }}",
    "{{ contact | tojson }}",
    "{{ namespace(a=1).__class__ }}",
    "{% set x = ''.__class__ %}{{ x }}",
    "{{ _cut.urls }}",
    "{{ 'https://x.example' | _link }}",
    "{% import 'os' as os %}",
    "{% include '../../etc/passwd' %}",
    "{% include '/etc/passwd' %}",
    "{% extends '/etc/passwd' %}",
]

BOMBS = [
    "{{ 10 ** 10 ** 8 ** 3 }}",
    "{{ 2 ** 100000 }}",
    "{{ (10 ** 9) ** 60 }}",
    "{{ 'a' * 10 ** 9 }}",
    "{{ [1] * 10 ** 9 }}",
    "{{ 10 ** 100 * 10 ** 100 }}",
    "{{ '%1000000000d' % 1 }}",
    "{{ 'a' | center(1000000000) }}",
    "{{ 'a'.center(1000000000) }}",
    "{{ 'a'.ljust(1000000000) }}",
    "{{ 'a' | indent(1000000000) }}",
    "{{ '{:>1000000000}'.format(1) }}",
    "{{ 1 | round(1000000000) }}",
    "{{ range(10 ** 9) | list }}",
    "{% for i in range(100000) %}{{ i }}{% endfor %}",
    "{% set ns = namespace(x='a') %}{% for i in range(60) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}{{ ns.x }}",
    "{% set ns = namespace(x='a') %}{% for i in range(60) %}{% set ns.x = ns.x + ns.x %}{% endfor %}{{ ns.x }}",
    "{% set ns = namespace(x='aaaaaaaa') %}{% for i in range(60) %}"
    "{% set ns.x = ns.x | replace('a', 'aaaaaaaa') %}{% endfor %}",
    "{% macro m(n) %}{{ m(n) }}{% endmacro %}{{ m(1) }}",
    "{% for i in range(1000) %}{% for j in range(1000) %}xxxxxxxxxx{{ i }}{% endfor %}{% endfor %}",
]


def made(template: str) -> str:
    """The text of a letter, through compiling, filling and finishing."""
    text = finished(compiled(LEAVE, files={"x.txt": template + "\n{{ links.unsubscribe }}"})).text
    return text.rpartition("\n")[0]


@pytest.mark.parametrize("payload", ESCAPES)
def test_nothing_escapes_from_the_sandbox(payload: str) -> None:
    """Refused at compile time or for the letter; if anything is printed, it is nothing of Python's."""
    with pytest.raises((ProblemsError, UnrenderableError)):
        made(payload)


@pytest.mark.parametrize("payload", BOMBS)
def test_nothing_grows_without_bound(payload: str) -> None:
    """Refused within a moment, before the memory is asked for."""
    begun = time.perf_counter()
    with pytest.raises((ProblemsError, UnrenderableError)):
        made(payload)
    assert time.perf_counter() - begun < 5


def test_arithmetic_of_a_letter_works() -> None:
    assert (
        made("{{ 2 ** 10 }} {{ 7 % 3 }} {{ 6 * 7 }} {{ 1 + 2 }} {{ [1] + [2] }} {{ 'a' + 'b' }} {{ 'a' ~ 1 }}")
        == "1024 1 42 3 [1, 2] ab a1"
    )


def test_joined_texts_are_escaped_once() -> None:
    letter = compiled("<p>{{ contact.first_name ~ ' & ' ~ contact.last_name }}</p>" + LEAVE)
    assert "<p>&lt;b&gt; &amp; Иванова</p>" in finished(letter, named(first_name="<b>")).html


def test_an_unknown_name_found_only_while_filling_is_an_error_with_a_hint() -> None:
    """Without the campaign's offers in the style a misspelt key cannot be known earlier."""
    source = LetterSource("s", "", "x.html", {"x.html": "{{ offer.discont }}" + LEAVE})
    letter = compile_letter(source)
    with pytest.raises(UnrenderableError, match="offer has no 'discont', did you mean 'discount'"):
        letter.fill(FACTS)


def test_facts_are_not_changed_by_filling() -> None:
    before = repr(FACTS)
    made("{% set c = contact %}{{ orders | length }}")
    assert repr(FACTS) == before


def test_the_style_says_how_money_and_dates_look() -> None:
    from dataclasses import replace

    english = replace(STYLE, locale="en_GB", currency="GBP")
    source = LetterSource(
        "{{ 5000 | money }} {{ as_of | date }} {{ 2 | plural('order', 'orders') }}", "", "x.html", {"x.html": LEAVE}
    )
    assert compile_letter(source, english).fill(FACTS).subject == "£5,000 1 November 2026 orders"


@pytest.mark.usefixtures("no_declension")
def test_a_filter_that_cannot_work_here_is_said_before_anything_is_sent() -> None:
    with pytest.raises(MissingExtraError, match=r"case\(..\).*rekindle\[ru\]"):
        compiled(LEAVE, subject="{{ contact.first_name | case('dative') }}")


def test_a_name_is_declined_by_what_it_is_and_by_gender() -> None:
    letter = compiled(
        LEAVE, subject="{{ contact.first_name | case('dative') }} {{ contact.last_name | case('dative') }}"
    )
    assert letter.fill(FACTS).subject == "Анне Ивановой"
