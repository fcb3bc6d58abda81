"""What a letter is made from: the template of a campaign's variant and step, and every file that it can reach."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..model.campaign import Campaign, Step, Variant
from ..model.letter import LetterSource
from ..model.problem import Position
from .files import CAMPAIGNS, templates_of
from .places import place_of

if TYPE_CHECKING:
    from .load import Workspace

_TAG = re.compile(r"\{%[-+]?\s*(?:include|extends|import|from)\b(.*?)%\}", re.DOTALL)
_QUOTED = re.compile(r"\"([^\"\n]*)\"|'([^'\n]*)'")


def letter_source(workspace: Workspace, campaign: Campaign, variant: Variant | None, step: Step | None) -> LetterSource:
    """The letter of `campaign` for one variant at one step.

    What the step says holds first, then the variant, then the campaign.
    """
    layers: list[tuple[Step | Variant, tuple[str | int, ...]]] = []
    if step is not None:
        layers.append((step, ("steps", campaign.steps.index(step))))
    if variant is not None:
        layers.append((variant, ("variants", campaign.variants.index(variant))))
    said: dict[str, tuple[str, Position]] = {}
    for key in ("subject", "preheader", "template"):
        layer, way = next(((one, way) for one, way in layers if getattr(one, key) is not None), (campaign, ()))
        said[key] = getattr(layer, key), place_of(workspace.files, f"{CAMPAIGNS}{campaign.name}.yml", *way, key)
    template = said["template"][0]
    return LetterSource(
        said["subject"][0],
        said["preheader"][0],
        template,
        reachable_templates(template, templates_of(workspace.files)),
        *(at for _, at in said.values()),
    )


def letters_of(campaign: Campaign) -> list[tuple[Variant | None, Step | None]]:
    """Every variant at every step of a campaign, in file order."""
    variants: tuple[Variant | None, ...] = campaign.variants or (None,)
    steps: tuple[Step | None, ...] = campaign.steps or (None,)
    return [(variant, step) for step in steps for variant in variants]


def reachable_templates(template: str, templates: Mapping[str, str]) -> dict[str, str]:
    """`template`, its text part beside it, and all that they include, by name.

    All templates where a name is computed, or is that of no file: then the nearest can be named.
    """
    found: dict[str, str] = {}
    waiting = [template, text_part(template)]
    while waiting:
        name = waiting.pop()
        if name in found or name not in templates:
            continue
        found[name] = templates[name]
        for tag in _TAG.findall(templates[name]):
            named = [first or second for first, second in _QUOTED.findall(tag)]
            missing = not any(one in templates for one in named) and "ignore missing" not in tag
            waiting.extend(templates if missing else named)
    return dict(sorted(found.items()))


def text_part(template: str) -> str:
    """The name of the `.txt` beside a letter."""
    stem, _, _ = template.rpartition(".")
    return f"{stem}.txt"
