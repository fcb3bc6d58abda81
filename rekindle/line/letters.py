"""The letters of a campaign's step, compiled, one for each arm that is mailed."""

from __future__ import annotations

from ..compose.letter import CompiledLetter, compile_letter
from ..model.audience import SINGLE_ARM
from ..model.campaign import Campaign, Step, Variant
from ..workspace.letters import letter_source
from ..workspace.load import Workspace
from .letter_facts import letter_style


def compile_letters(workspace: Workspace, campaign: Campaign, step: int = 1) -> dict[str, CompiledLetter]:
    """The compiled letter of every mailed arm at `step` (from 1). Raises ProblemsError where a template is wrong."""
    variants: tuple[Variant | None, ...] = campaign.variants or (None,)
    rung: Step | None = campaign.steps[step - 1] if campaign.steps else None
    style = letter_style(workspace, campaign)
    return {
        SINGLE_ARM if variant is None else variant.name: compile_letter(
            letter_source(workspace, campaign, variant, rung), style
        )
        for variant in variants
    }
