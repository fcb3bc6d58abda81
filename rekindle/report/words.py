"""What a report says in words: the headline, the money, and how it was counted."""

from __future__ import annotations

from dataclasses import dataclass

from ..model.audience import HOLDOUT, SINGLE_ARM
from ..model.duration import Duration, DurationUnit
from ..model.money import minor_digits
from ..names.plural import plural
from .campaign import CampaignReport, Heading
from .difference import Difference
from .judgement import Verdict
from .notation import Notation
from .phrases import LANGUAGES

_UNITS = {
    DurationUnit.MINUTE: ("минуту", "минуты", "минут"),
    DurationUnit.HOUR: ("час", "часа", "часов"),
    DurationUnit.DAY: ("день", "дня", "дней"),
    DurationUnit.WEEK: ("неделю", "недели", "недель"),
    DurationUnit.MONTH: ("месяц", "месяца", "месяцев"),
    DurationUnit.YEAR: ("год", "года", "лет"),
}


_ARMS = {HOLDOUT: "holdout", SINGLE_ARM: "single_arm"}


@dataclass(frozen=True, slots=True)
class Words:
    """One report in the language of its workspace."""

    report: CampaignReport
    notation: Notation

    def say(self, phrase: str, **holes: str) -> str:
        """A phrase with its holes filled; a key that is no phrase (a marketer's own word) is said as it is."""
        text = LANGUAGES[self.notation.language].get(phrase)
        return text.format(**holes) if text is not None else phrase

    def arm(self, name: str) -> str:
        """An arm's name as shown; variants bear the marketer's own."""
        return self.say(_ARMS[name]) if name in _ARMS else name

    @property
    def verdict(self) -> str:
        """The verdict in a few words."""
        return self.say(self.report.judgement.verdict.value)

    @property
    def headline(self) -> str:
        """The verdict in a sentence or two, with the interval."""
        told = self._told()
        running = f" {self._running()}" if self.report.is_running and self.report.treated.letters else ""
        return told + running

    @property
    def money(self) -> str:
        """What it was worth in a sentence; empty where nothing can be said."""
        worth, judged = self.report.worth, self.report.judgement.verdict.is_given
        parts = []
        if judged and worth.incremental_revenue is not None:
            found = worth.incremental_revenue
            sure = found.is_certain and found.value > 0
            values = {name: self._money(found, value) for name, value in _limits(found).items()}
            parts.append(self.say("say_money_sure" if sure else "say_money_unsure", **values))
        if worth.cost:
            parts.append(self.say("say_cost", cost=self.notation.money(float(worth.cost))))
        return " ".join(parts)

    @property
    def codes(self) -> str:
        """The orders with the codes of the offers; nothing where no order carries one."""
        used = [one for one in self.report.codes if one.orders]
        if not used:
            return ""
        minor = 10 ** minor_digits(self.notation.currency)
        money = {one.code: self.notation.money(one.revenue / minor) for one in used}
        said = ", ".join(f"{one.code}: {self.notation.number(one.orders)} ({money[one.code]})" for one in used)
        strangers = sum(one.strangers for one in used)
        others = self.say("codes_strangers", count=self.notation.number(strangers)) if strangers else ""
        return f"{self.say('codes', said=said)} {others}".rstrip()

    @property
    def subject(self) -> str:
        """Which periods and what goal, as of when."""
        names = [period.figures.period for period in self.report.periods]
        parts = []
        if len(names) == 1:
            parts.append(names[0])
        elif names:
            parts.append(self.say("periods_together", count=str(len(names)), first=names[0], last=names[-1]))
        parts.append(self.say("as_of", moment=self.notation.moment(self.report.heading.as_of)))
        parts += [self.goal] if names else []
        return " · ".join(parts)

    @property
    def goal(self) -> str:
        """What counts as success."""
        phrase = "goal_default" if self.report.counts_by_default_goal else "goal"
        return self.say(phrase, within=", ".join(self.duration(goal.within) for goal in self.report.goals))

    @property
    def counted(self) -> list[str]:
        """How it was counted, in sentences."""
        said = [self.say("counted_itt"), self.say("counted_rates"), self.say("counted_worth"), self.balance]
        if len(self.report.periods) > 1:
            said.insert(2, self.say("counted_pooled"))
        if len(self.report.goals) > 1:
            goals = ", ".join(self.duration(goal.within) for goal in self.report.goals)
            said.append(self.say("counted_goals", goals=goals))
        return said

    @property
    def balance(self) -> str:
        """Whether the groups have the sizes they were drawn for."""
        ratio = self.report.sample_ratio
        if ratio.p_value is None:
            return self.say("counted_no_balance")
        return self.say("counted_balance" if ratio.ok else "counted_mismatch", p=self.equals_p(ratio.p_value))

    def equals_p(self, value: float) -> str:
        """`= 0.43` or `< 0.001`."""
        text = self.notation.p_value(value)
        return text if text.startswith("<") else f"= {text}"

    def duration(self, duration: Duration) -> str:
        """`14 days` in the report's language."""
        if self.notation.language != "ru":
            return str(duration)
        return f"{duration.count} {plural(duration.count, *_UNITS[duration.unit])}"

    def _told(self) -> str:
        report, judgement = self.report, self.report.judgement
        verdict = judgement.verdict
        if verdict.is_given and report.overall and report.overall.conversion:
            return self._compared(report.overall.conversion)
        if verdict is Verdict.TOO_LITTLE_DATA and judgement.needed is None:
            nobody = report.treated.converted == 0
            return self.say("say_nobody_bought" if nobody else "say_everybody_bought", **self._counts())
        p_value = report.sample_ratio.p_value
        p = self.equals_p(p_value) if p_value is not None else ""
        return self.say(f"say_{verdict.value}", p=p, **self._counts())

    def _compared(self, found: Difference) -> str:
        verdict = self.report.judgement.verdict
        per = _per(found)
        letter = self.say("the_letter" if len(self.report.lift) == 1 else "a_letter")
        scale = {"per": self.notation.number(per), "letter": letter}
        if verdict is not Verdict.UNDECIDED:
            low, high = sorted((abs(found.low), abs(found.high)))
            values = {"value": abs(found.value), "low": low, "high": high}
            shown = {name: self.notation.number(value * per, 1) for name, value in values.items()}
            return self.say(f"say_{verdict.value}", **scale, **shown)
        shown = {name: self._more_or_fewer(value * per) for name, value in _limits(found).items()}
        visible = self.notation.number((self.report.judgement.visible or 0.0) * per, 1)
        return f"{self.say('say_undecided', **scale, **shown)} {self.say('say_visible', value=visible, **scale)}"

    def _more_or_fewer(self, value: float) -> str:
        number = self.notation.number(abs(value), 1)
        if round(value, 1) == 0:
            return self.say("as_many")
        return self.say("more" if value > 0 else "fewer", value=number)

    def _counts(self) -> dict[str, str]:
        treated, held, needed = self.report.treated, self.report.holdout, self.report.judgement.needed
        numbers = {
            "converted": treated.converted,
            "audience": treated.audience,
            "held_converted": held.converted,
            "held": held.audience,
            "needed": needed or 0,
        }
        return {name: self.notation.number(value) for name, value in numbers.items()}

    def _running(self) -> str:
        # the goal's end is known only for what has started
        ends = [
            (period.goal.within if period.goal else self.report.goals[0].within).after(
                period.figures.started_at, self.notation.zone
            )
            for period in self.report.periods
            if period.figures.started_at and not period.figures.complete
        ]
        return self.say("say_running", until=self.notation.moment(max(ends))) if ends else ""

    def _money(self, found: Difference, value: float) -> str:
        return self.notation.money(value, like=max(abs(found.low), abs(found.high)))


def notation_for(heading: Heading) -> Notation:
    """The notation of a workspace: Russian where its locale is, else English."""
    language = heading.locale.replace("-", "_").partition("_")[0].lower()
    return Notation(language if language in LANGUAGES else "en", heading.currency, heading.zone)


def words_for(report: CampaignReport) -> Words:
    """The words of a report."""
    return Words(report, notation_for(report.heading))


def _limits(found: Difference) -> dict[str, float]:
    return {"value": found.value, "low": found.low, "high": found.high}


def _per(found: Difference) -> int:
    """Of how many is spoken, so that the numbers are neither 0.03 nor 300."""
    largest = max(abs(found.low), abs(found.high))
    return 100 if largest >= 0.02 else 1000 if largest >= 0.002 else 10_000
