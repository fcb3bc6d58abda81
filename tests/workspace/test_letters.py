"""Which letter a variant gets at a step, from which files, and where the campaign says so."""

from __future__ import annotations

from collections.abc import Callable

from rekindle.model.problem import Position
from rekindle.workspace.letters import letter_source, letters_of, reachable_templates
from rekindle.workspace.load import Workspace

Files = Callable[..., dict[str, str]]
Sound = Callable[[dict[str, str]], Workspace]

LADDER = """\
topic: offers
segment: buyers
subject: Own
preheader: Line
template: letter.mjml
variants:
  - {name: warm}
  - {name: short, subject: Short, template: short.mjml}
steps:
  - {}
  - {after: 7 days, subject: Later}
"""


def test_step_then_variant_then_campaign(files: Files, sound: Sound) -> None:
    """What a later step says holds for all variants; else the variant's own; else the campaign's."""
    workspace = sound({**files(campaign=LADDER), "templates/short.mjml": "x"})
    campaign = workspace.campaigns["back"]
    sources = [letter_source(workspace, campaign, *letter) for letter in letters_of(campaign)]
    expected = [
        ("Own", "Line", "letter.mjml"),
        ("Short", "Line", "short.mjml"),
        ("Later", "Line", "letter.mjml"),
        ("Later", "Line", "short.mjml"),
    ]
    assert expected == [(one.subject, one.preheader, one.template) for one in sources]


def test_a_letter_knows_where_the_campaign_says_it(files: Files, sound: Sound) -> None:
    """A problem of a subject is shown at the subject's own line."""
    workspace = sound({**files(campaign=LADDER), "templates/short.mjml": "x"})
    campaign = workspace.campaigns["back"]
    source = letter_source(workspace, campaign, campaign.variants[1], campaign.steps[1])
    places = [source.subject_at, source.preheader_at, source.template_at]
    assert [Position("campaigns/back.yml", *spot) for spot in [(11, 30), (4, 12), (8, 45)]] == places


TEMPLATES = {
    "a.mjml": '{% include "partials/head.mjml" %}{%- include [\'b.html\', "c.html"] ignore missing -%}',
    "a.txt": "{% extends 'base.txt' %}",
    "base.txt": "x",
    "b.html": "{% from 'macros.html' import button %}",
    "c.html": "{# {% include 'unused.html' #} x",
    "macros.html": "{% import 'a.mjml' as again %}",
    "partials/head.mjml": "x",
    "unused.html": "x",
    "z.mjml": "x",
}


def test_a_letter_reaches_what_it_includes_and_no_more() -> None:
    """Through includes, imports and parents, and the text part beside it; circles end."""
    expected = ["a.mjml", "a.txt", "b.html", "base.txt", "c.html", "macros.html", "partials/head.mjml"]
    assert expected == list(reachable_templates("a.mjml", TEMPLATES))


def test_a_computed_include_may_reach_everything() -> None:
    """Where the name is not written out, no file may be left behind."""
    templates = {**TEMPLATES, "z.mjml": "{% include offer.block %}"}
    assert sorted(templates) == list(reachable_templates("z.mjml", templates))
