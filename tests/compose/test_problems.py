"""Every fault of a letter's files, in the words that the user gets, all in one run."""

# ruff: noqa: E501 (a template and its words are read best on one line)

from __future__ import annotations

import pytest

from rekindle.compose.letter import LetterSource, LetterStyle, compile_letter
from rekindle.compose.mjml_table import TAGS
from rekindle.model.problem import Position

from .anna import LEAVE, STYLE, compiled, page, problems_of


def mjml(body: str, head: str = "") -> str:
    """An MJML letter of one column, with a link to leave by."""
    leave = f"<mj-section><mj-column><mj-text>{LEAVE}</mj-text></mj-column></mj-section>"
    return f"<mjml>{head}<mj-body>\n{body}\n{leave}</mj-body></mjml>"


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        ("<p>{{ contact.frist_name }}</p>", "2:15: contact has no 'frist_name' (did you mean 'first_name'?)"),
        ("<p>{{ contcat.city }}</p>", "2:7: unknown name 'contcat' (did you mean 'contact'?)"),
        ("{{ contact['cty'] }}", "2:13: contact has no 'cty' (did you mean 'city'?)"),
        ("{{ contact.cty | default('x') }}", "2:12: contact has no 'cty' (did you mean 'city'?)"),
        ("{{ offer.discont }}", "2:10: offer has no 'discont' (did you mean 'discount'?)"),
        ("{{ links.leave }}", "2:10: links has no 'leave' (known: browser, preferences, unsubscribe)"),
        ("{% for o in orders %}{{ o.nunber }}{% endfor %}", "2:27: order has no 'nunber' (did you mean 'number'?)"),
        ("{% for o in orders %}{% for i in o['items'] %}{{ i.prodct }}{% endfor %}{% endfor %}", "2:52: item has no 'prodct' (did you mean 'product'?)"),
        ("{{ orders[0].nunber }}", "2:14: order has no 'nunber' (did you mean 'number'?)"),
        ("{{ (orders | first).nunber }}", "2:21: order has no 'nunber' (did you mean 'number'?)"),
        ("{% for p in popular[:2] %}{{ p.prodct }}{% endfor %}", "2:32: popular has no 'prodct' (did you mean 'product'?)"),
        ("{{ organisation.nme }}", "2:17: organisation has no 'nme' (did you mean 'name'?)"),
        ("{{ campaign.perod }}", "2:13: campaign has no 'perod' (did you mean 'period'?)"),
        ("{% set contact = 1 %}", "2:8: 'contact' is given by rekindle; choose another name"),
        ("{{ contact.city | monney }}", "2:19: unknown filter 'monney' (did you mean 'money'?)"),
        ("{% if contact.city %}", "2:1: a {% if %} is never closed (write {% endif %} where it ends)"),
        ("{% endfor %}", "2:4: {% endfor %} belongs to no open tag (take it away, or open what it belongs to)"),
        ("{{ contact.city | safe }}", "2:19: a contact's value may not be marked safe: it would be taken for HTML"),
        ("{% autoescape false %}{{ contact.city }}{% endautoescape %}", "2:4: a letter's values are always escaped; leave autoescape out"),
        ("{{ links.unsubscribe | upper }}", "2:24: links take no filter: they are known only when the letter is sealed"),
        ("{{ contact.first_name | case('datif') }}", "2:25: unknown case 'datif' (did you mean 'dative'?)"),
        ("{{ 5 | plural('заказ') }}", "2:8: plural takes two or three forms: plural('заказ','заказа','заказов')"),
        ("{% include 'foter.html' %}", "2:13: there is no templates/foter.html (did you mean 'footer.html'?)"),
        ("{% extends 'base.html' %}", "2:13: there is no templates/base.html (did you mean 'x.html'?)"),
        ('<p style="color: {{ contact.city }}">a</p>', "2:18: a contact's value may not stand in style= (choose between fixed words with an if)"),
        ("<p title={{ contact.city }}>a</p>", "2:10: a contact's value may not stand in title= without quotes (choose between fixed words with an if)"),
        ('<p onclick="{{ contact.city }}">a</p>', "2:13: a contact's value may not stand in onclick= (choose between fixed words with an if)"),
        ("<style>{{ contact.city }}</style>", "2:8: a contact's value may not stand in <style> (choose between fixed words with an if)"),
        ("<p {{ contact.city }}>a</p>", "2:4: a contact's value may not stand in the name of a tag or attribute (choose between fixed words with an if)"),
        ('<a href="javascript:alert(1)">a</a>', "2:10: a link may not begin with 'javascript:'; use https, http, mailto or tel"),
        ('<a href="javascript:f({{ contact.city }})">a</a>', "2:10: a link may not begin with 'javascript:'; use https, http, mailto or tel"),
        ('<a href="/sale">a</a>', "2:10: the link '/sale' is not a whole address; write https://.."),
        ('<a href="https://good.example@evil.example/">a</a>', "2:10: the link 'https://good.example@evil.example/' hides where it leads"),
    ],
)  # fmt: skip
def test_a_fault_of_a_template_is_named_with_its_place(template: str, problem: str) -> None:
    files = {"footer.html": "a"}
    found = problems_of(lambda: compiled(f"<html><body>\n{template}\n{LEAVE}</body></html>", files=files))
    assert f"templates/x.html:{problem}" in found


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("<mj-secton></mj-secton>", "2:1: unknown MJML tag <mj-secton> (did you mean 'mj-section'?)"),
        ("<mj-section><mj-text>a</mj-text></mj-section>", "2:13: <mj-text> may not stand in <mj-section> (it belongs into mj-column or mj-hero)"),
        ('<mj-section><mj-column><mj-text font-sise="2px">a</mj-text></mj-column></mj-section>', "2:33: <mj-text> has no attribute 'font-sise' (did you mean 'font-size'?)"),
        ("<mj-section><mj-column><p>a</p></mj-column></mj-section>", "2:24: unknown MJML tag <p> (put HTML into mj-text or mj-raw)"),
        ("<mj-section><mj-column>words</mj-column></mj-section>", "2:24: text between MJML tags is lost (put it into mj-text or mj-raw)"),
        ("<mj-section><mj-column></mj-section>", "2:13: <mj-column> is never closed"),
        ("</mj-section>", "2:1: </mj-section> closes nothing"),
        ('<mj-section padding="1px><mj-column></mj-column></mj-section>', "2:1: this tag is broken: a quote or a > is missing"),
        ("<mj-include path='x.mjml' />", "2:1: <mj-include> is not taken (write {% include 'file.mjml' %})"),
        ("<mj-section><mj-column><mj-text><mj-button>a</mj-button></mj-text></mj-column></mj-section>", "2:33: <mj-button> may not stand inside <mj-text>, which holds HTML"),
        ('<mj-section><mj-column><mj-button href="javascript:x">a</mj-button></mj-column></mj-section>', "2:41: a link may not begin with 'javascript:'; use https, http, mailto or tel"),
    ],
)  # fmt: skip
def test_a_fault_of_mjml_that_the_renderer_would_swallow_is_named(body: str, problem: str) -> None:
    assert f"templates/x.mjml:{problem}" in problems_of(lambda: compiled(mjml(body), name="x.mjml"))


def test_a_fault_in_an_included_file_is_named_there() -> None:
    files = {"part.mjml": "<mj-section>\n  <mj-colum></mj-colum></mj-section>"}
    found = problems_of(lambda: compiled(mjml("{% include 'part.mjml' %}"), name="x.mjml", files=files))
    assert found == ["templates/part.mjml:2:3: unknown MJML tag <mj-colum> (did you mean 'mj-column'?)"]


def test_all_faults_are_told_at_once() -> None:
    body = "<p>{{ contact.frist_name }} {{ contact.lst_name }}</p>"
    found = problems_of(lambda: page(body, subject="{{ contact.cty }}", preheader="{% if %}"))
    assert [problem.partition(": ")[0] for problem in found] == [
        "preheader:1:1",
        "subject:1:1",
        "templates/x.html:1:27",
        "templates/x.html:1:52",
    ]


def test_faults_of_the_subject_stand_where_the_campaign_says_it() -> None:
    at = Position("campaigns/w.yml", 7, 10)
    source = LetterSource("{{ contact.cty }}", "", "x.html", {"x.html": LEAVE}, subject_at=at)
    assert problems_of(lambda: compile_letter(source, STYLE)) == [
        "campaigns/w.yml:7:10: contact has no 'cty' (did you mean 'city'?)"
    ]


def test_a_letter_without_a_way_out_is_a_problem_in_html_and_text() -> None:
    found = problems_of(lambda: compiled("<p>a</p>", files={"x.txt": "a"}))
    words = "the letter has no link to unsubscribe (write {{ links.unsubscribe }} where the letter ends)"
    assert found == [f"templates/x.html:1:1: {words}", f"templates/x.txt:1:1: {words}"]


def test_a_way_out_in_an_included_file_counts() -> None:
    assert compiled("{% include 'f.html' %}", files={"f.html": LEAVE}).once


@pytest.mark.parametrize(
    ("name", "hint"), [("winbck.html", " (did you mean 'winback.html'?)"), ("zzz", " (known: winback.html)")]
)
def test_a_missing_template_is_named(name: str, hint: str) -> None:
    found = problems_of(lambda: compile_letter(LetterSource("s", "", name, {"winback.html": LEAVE})))
    assert found == [f"templates/{name}:1:1: there is no templates/{name}{hint}"]


def test_files_that_include_each_other_are_named() -> None:
    files = {"a.html": "{% include 'b.html' %}", "b.html": "{% include 'a.html' %}"}
    found = problems_of(lambda: compiled("{% include 'a.html' %}" + LEAVE, files=files))
    assert found == ["templates/b.html:1:1: these files include each other: x.html -> a.html -> b.html -> a.html"]


def test_includes_that_double_and_double_are_refused() -> None:
    files = {f"{n}.html": f"{{% include '{n + 1}.html' %}}" * 9 for n in range(12)} | {"12.html": "x" * 1000}
    found = problems_of(lambda: compiled("{% include '0.html' %}" + LEAVE, files=files))
    assert any("includes write out to more than 2 MB or 20 levels" in problem for problem in found)


def test_a_letter_that_gmail_clips_is_a_problem_and_one_that_comes_near_a_warning() -> None:
    near = page("<p>" + "я" * 42_000 + "</p>")
    assert [str(problem) for problem in near.warnings] == [
        "templates/x.html:1:1: warning: the HTML of the letter has 84 kB, Gmail cuts off what is over 100 (95 kB is the limit here)"
    ]
    assert page("<p>" + "я" * 20_000 + "</p>").warnings == ()
    found = problems_of(lambda: page("<p>" + "я" * 48_000 + "</p>"))
    assert found == [
        "templates/x.html:1:1: the HTML of the letter has 96 kB, Gmail cuts off what is over 100 (make it shorter or take styles out)"
    ]


def test_links_may_not_stand_in_the_subject() -> None:
    found = problems_of(lambda: page("a", subject="{{ links.unsubscribe }}"))
    assert found == ["subject:1:1: links may not stand in the subject"]


def test_declared_attributes_are_known_and_others_are_not() -> None:
    source = LetterSource("{{ contact.shop_area }}", "", "x.html", {"x.html": LEAVE})
    assert compile_letter(source, STYLE).once
    assert problems_of(lambda: compile_letter(source, LetterStyle())) == ["subject:1:1: contact has no 'shop_area'"]


def test_every_tag_of_the_table_renders() -> None:
    """The table and the renderer know the same tags: each one alone in its place gives HTML without itself in it."""
    from rekindle.compose.mjml import mjml_to_html
    from rekindle.compose.mjml_table import CHILDREN

    parents = {child: parent for parent, children in CHILDREN.items() for child in children if parent}
    for tag in sorted(set(TAGS) - {"mjml", "mj-body", "mj-head", "mj-raw", "mj-attributes"}):
        inner, name = f"<{tag}></{tag}>", tag
        while (name := parents.get(name, "")) not in ("", "mjml", "mj-attributes"):
            inner = f"<{name}>{inner}</{name}>"
        assert f"<{tag}" not in mjml_to_html(f"<mjml>{inner}</mjml>"), tag
