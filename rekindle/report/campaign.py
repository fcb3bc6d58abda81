"""The report of one campaign: everything computed that the terminal, the page, JSON and CSV then only show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from itertools import combinations

from ..model.audience import HOLDOUT
from ..model.campaign import Cost, Goal
from ..model.duration import Duration
from ..model.figures import ArmFigures, CodeFigures, PeriodFigures, together
from .balance import SampleRatio, Sizes, sample_ratio
from .judgement import Judgement, judge
from .lift import Lift, lift_over
from .means import Mean
from .shares import Share
from .worth import Worth, cost_of, worth_of

DEFAULT_GOAL = Goal(within=Duration.parse("14 days"))
"""What counts as success where a campaign says nothing."""


@dataclass(frozen=True, slots=True)
class Heading:
    """What a report is about and how it is written: `locale` and `zone` are the workspace's, `as_of` aware UTC."""

    campaign: str
    as_of: datetime
    zone: tzinfo
    currency: str
    locale: str = "en_GB"
    description: str = ""
    organisation: str = ""


@dataclass(frozen=True, slots=True)
class Period:
    """One period: its figures, and what its definition said. `goal` None: the default; `shares`: arm -> its draw.

    `imported`: history from elsewhere, whose arms were not drawn by this definition, even where its names agree.
    """

    figures: PeriodFigures
    goal: Goal | None
    cost: Cost
    shares: Mapping[str, float]
    imported: bool = False

    @property
    def sizes(self) -> Sizes:
        """The audience of each arm, and the share that each was to have."""
        return {name: arm.audience for name, arm in self.figures.arms.items()}, self.shares

    @property
    def treated(self) -> ArmFigures:
        """All letters together."""
        return together(arm for name, arm in self.figures.arms.items() if name != HOLDOUT)


@dataclass(frozen=True, slots=True)
class ArmReport:
    """One arm over all periods of the report."""

    name: str
    figures: ArmFigures

    @property
    def is_holdout(self) -> bool:
        """Whether these were kept unmailed."""
        return self.name == HOLDOUT

    def share(self, count: str) -> Share:
        """The rate of a count: purchases and letters of the audience, bounces of all tried, the rest of the sent."""
        figures = self.figures
        bases = {"converted": figures.audience, "sent": figures.audience, "failed": figures.audience}
        base = bases.get(count, figures.sent + (figures.failed if count == "bounced" else 0))
        number: int = getattr(figures, count)
        # an open may come in before its delivery is marked sent, or for one that stays unknown
        return Share(number, max(base, number))

    def revenue_per_contact(self) -> Mean:
        """Of everyone drawn into the arm, in minor units."""
        return Mean(self.figures.audience, self.figures.revenue, self.figures.revenue_squares)


@dataclass(frozen=True, slots=True)
class Between:
    """One letter against another: the second question of an A/B test."""

    arm: str
    against: str
    lift: Lift


@dataclass(frozen=True, slots=True)
class CampaignReport:
    """A campaign over one or several periods, oldest first. `overall` is all letters together against the holdout."""

    heading: Heading
    periods: tuple[Period, ...]
    arms: Mapping[str, ArmReport]
    lift: Mapping[str, Lift]
    overall: Lift | None
    between: tuple[Between, ...]
    by_period: tuple[Lift | None, ...]
    worth: Worth
    sample_ratio: SampleRatio
    judgement: Judgement

    @property
    def treated(self) -> ArmFigures:
        """All letters of all periods together."""
        return together(period.treated for period in self.periods)

    @property
    def holdout(self) -> ArmFigures:
        """All who were kept unmailed, of all periods."""
        return self.arms[HOLDOUT].figures if HOLDOUT in self.arms else ArmFigures()

    @property
    def goals(self) -> tuple[Goal, ...]:
        """The goals of the periods, each once; more than one where the definition changed."""
        return tuple(dict.fromkeys(period.goal or DEFAULT_GOAL for period in self.periods))

    @property
    def counts_by_default_goal(self) -> bool:
        """Whether some period's definition said no goal."""
        return any(period.goal is None for period in self.periods)

    @property
    def is_running(self) -> bool:
        """Whether the goal's time is not over yet for some period."""
        return any(not period.figures.complete for period in self.periods)

    @property
    def codes(self) -> tuple[CodeFigures, ...]:
        """Orders with the codes of the offers, over all periods, a code each; those that no order carries too."""
        found: dict[str, CodeFigures] = {}
        for own in (one for period in self.periods for one in period.figures.codes):
            found[own.code] = found.get(own.code, CodeFigures(own.code)).plus(own)
        return tuple(found.values())

    @property
    def left_out(self) -> Mapping[str, int]:
        """Who was in no arm, by reason, over all periods."""
        reasons: dict[str, int] = {}
        for period in self.periods:
            for reason, count in period.figures.left_out.items():
                reasons[reason] = reasons.get(reason, 0) + count
        return dict(sorted(reasons.items(), key=lambda item: (-item[1], item[0])))


def report_of(heading: Heading, periods: Sequence[Period]) -> CampaignReport:
    """Everything that `periods` (oldest first; may be none) say about the campaign."""
    names = _arm_names(periods)
    letters = [name for name in names if name != HOLDOUT]
    overall = _lift_against_holdout(periods, letters, heading.currency)
    # a definition written after the fact may say other shares than history was drawn with: that is worth a word, not
    # a verdict withheld
    drawn_here = sample_ratio(period.sizes for period in periods if not period.imported)
    treated = together(period.treated for period in periods)
    return CampaignReport(
        heading=heading,
        periods=tuple(periods),
        arms={name: ArmReport(name, _arm_over(periods, [name])) for name in names},
        lift={name: lift for name in letters if (lift := _lift_against_holdout(periods, [name], heading.currency))},
        overall=overall,
        between=_between(periods, letters, heading.currency),
        by_period=tuple(_lift_against_holdout([period], letters, heading.currency) for period in periods),
        worth=worth_of(cost_of((period.cost, period.treated.letters) for period in periods), treated, overall),
        sample_ratio=sample_ratio(period.sizes for period in periods),
        judgement=judge(overall, drawn_here, treated.letters),
    )


def _arm_names(periods: Iterable[Period]) -> list[str]:
    """Every arm once: in the order of the definition, then any others by name, the holdout last."""
    drawn: dict[str, None] = {}
    for period in periods:
        drawn |= dict.fromkeys([name for name in period.shares if name in period.figures.arms])
        drawn |= dict.fromkeys(sorted(period.figures.arms))
    return sorted(drawn, key=lambda name: name == HOLDOUT)


def _arm_over(periods: Iterable[Period], names: Sequence[str]) -> ArmFigures:
    return together(period.figures.arms[name] for period in periods for name in names if name in period.figures.arms)


def _lift_against_holdout(periods: Sequence[Period], names: Sequence[str], currency: str) -> Lift | None:
    """The lift of these arms together, over the periods that have them and a holdout; None where none has."""
    pairs = [
        (_arm_over([period], names), period.figures.arms[HOLDOUT])
        for period in periods
        if HOLDOUT in period.figures.arms and any(name in period.figures.arms for name in names)
    ]
    return lift_over(pairs, currency) if pairs else None


def _between(periods: Sequence[Period], letters: Sequence[str], currency: str) -> tuple[Between, ...]:
    found = []
    for against, arm in combinations(letters, 2):
        pairs = [
            (period.figures.arms[arm], period.figures.arms[against])
            for period in periods
            if {arm, against} <= set(period.figures.arms)
        ]
        if pairs:
            found.append(Between(arm, against, lift_over(pairs, currency)))
    return tuple(found)
