"""What a letter is made from: the template of a campaign's variant and step, and every file that it can reach."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..model.campaign import Campaign, Step, Variant
from ..model.letter import LetterSource
from .files import templates_of

if TYPE_CHECKING:
    from .load import Workspace

_TAG = re.compile(r"\{%[-+]?\s*(?:include|extends|import|from)\b(.*?)%\}", re.DOTALL)
_QUOTED = re.compile(r"\"([^\"\n]*)\"|'([^'\n]*)'")


def letter_source(workspace: Workspace, campaign: Campaign, variant: Variant | None, step: Step | None) -> LetterSource:
    """The letter of `campaign` for one variant at one step.

    What the step says holds first, then the variant, then the campaign.
    """
    layers = [layer for layer in (step, variant) if layer is not None]
    subject = next((layer.subject for layer in layers if layer.subject is not None), campaign.subject)
    preheader = next((layer.preheader for layer in layers if layer.preheader is not None), campaign.preheader)
    template = next((layer.template for layer in layers if layer.template is not None), campaign.template)
    return LetterSource(subject, preheader, template, reachable_templates(template, templates_of(workspace.files)))


def letters_of(campaign: Campaign) -> list[tuple[Variant | None, Step | None]]:
    """Every variant at every step of a campaign, in file order."""
    variants: tuple[Variant | None, ...] = campaign.variants or (None,)
    steps: tuple[Step | None, ...] = campaign.steps or (None,)
    return [(variant, step) for step in steps for variant in variants]


def reachable_templates(template: str, templates: Mapping[str, str]) -> dict[str, str]:
    """`template`, its text part beside it, and all that they include; all templates where a name is computed."""
    found: dict[str, str] = {}
    waiting = [template, text_part(template)]
    while waiting:
        name = waiting.pop()
        if name in found or name not in templates:
            continue
        found[name] = templates[name]
        for tag in _TAG.findall(templates[name]):
            named = [first or second for first, second in _QUOTED.findall(tag)]
            waiting.extend(named or templates)
    return dict(sorted(found.items()))


def text_part(template: str) -> str:
    """The name of the `.txt` beside a letter."""
    stem, _, _ = template.rpartition(".")
    return f"{stem}.txt"
