"""A report as one self-contained HTML page: no script, no file or font from elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..model.money import minor_digits
from .campaign import ArmReport, CampaignReport
from .curve import Line, days_chart
from .difference import Difference
from .forest import ForestRow, forest_plot, lone_interval
from .funnel import Stage, funnel
from .lift import Lift
from .markup import Markup, joined, tag
from .shares import Share
from .style import STYLE
from .text import tone_of
from .words import Words, words_for

ARM_COLOURS = 6

Row = tuple[str, Lift, str, bool]
"""Of a forest: label, lift, CSS class of its colour, whether it is the pooled one."""

Spell = Callable[[float], str]


def page_of(report: CampaignReport) -> str:
    """The whole page, in the language of the workspace."""
    return str(_Page(words_for(report)).html())


class _Page:
    """One page being put together."""

    def __init__(self, words: Words) -> None:
        self.words = words
        self.report = words.report
        self.notation = words.notation
        letters = [name for name, arm in self.report.arms.items() if not arm.is_holdout]
        self.colours = {name: f"a{index % ARM_COLOURS + 1}" for index, name in enumerate(letters)}

    def html(self) -> Markup:
        head = tag(
            "head",
            tag("meta", charset="utf-8"),
            tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
            tag("meta", name="robots", content="noindex"),
            tag("title", f"{self.report.heading.campaign} · {self.words.say('report')}"),
            tag("style", Markup(STYLE)),
        )
        parts = [self.header(), self.hero(), self.tiles(), self.lift(), self.days(), self.periods(), self.funnels(),
                 self.numbers(), self.counted(), self.footer()]  # fmt: skip
        body = tag("body", tag("main", *(part for part in parts if part)))
        return joined(Markup("<!doctype html>\n"), tag("html", head, body, lang=self.notation.language))

    # --- the top

    def header(self) -> Markup:
        heading, say = self.report.heading, self.words.say
        eyebrow = " · ".join(part for part in (say("report"), heading.organisation) if part)
        return tag(
            "header",
            tag("p", eyebrow, class_="eyebrow"),
            tag("h1", heading.campaign),
            *([tag("p", heading.description, class_="lede")] if heading.description else []),
            tag("p", self.words.subject, class_="subject"),
        )

    def hero(self) -> Markup:
        overall = self.report.overall
        drawn = []
        if self.report.judgement.verdict.is_given and overall and overall.conversion:
            drawn.append(lone_interval(_in_points(overall.conversion), "all", self.points_tick))
            drawn.append(tag("p", self.words.say("more_bought"), class_="note"))
        return tag(
            "section",
            tag("p", self.words.verdict, class_="chip"),
            tag("p", self.words.headline, class_="headline"),
            *drawn,
            *(tag("p", said, class_="money") for said in (self.words.money, self.words.codes) if said),
            class_=f"hero {tone_of(self.report.judgement.verdict)}",
        )

    def tiles(self) -> Markup:
        report, notation, worth, say = self.report, self.notation, self.report.worth, self.words.say
        judged = report.judgement.verdict.is_given
        tiles = []
        if not judged:
            bought = Share(report.treated.converted, report.treated.audience)
            rate = self.notation.percent(bought.rate) if bought.rate is not None else ""
            tiles.append(_tile(say("converted"), notation.number(bought.count), rate))
        if judged and worth.incremental_sales:
            tiles.append(self.tile("extra_buyers", worth.incremental_sales, notation.signed))
        if judged and worth.incremental_revenue:
            tiles.append(self.tile("extra_revenue", worth.incremental_revenue, self.large_money))
        if worth.cost:
            per_sale = worth.cost_per_sale
            note = f"{say('cost_per_sale')}: {notation.money(float(per_sale))}" if per_sale is not None else ""
            tiles.append(_tile(say("cost"), notation.money(float(worth.cost)), note))
        held = f"{say('held_out')}: {notation.number(report.holdout.audience)}"
        tiles.append(_tile(say("letters_sent"), notation.number(report.treated.letters), held))
        return tag("ul", *tiles, class_="tiles")

    def tile(self, phrase: str, found: Difference, spell: Spell) -> Markup:
        between = self.words.say("between_words", low=spell(found.low), high=spell(found.high))
        return _tile(self.words.say(phrase), spell(found.value), between)

    # --- the lift

    def lift(self) -> Markup:
        report, say = self.report, self.words.say
        rows = [(self.words.arm(name), lift, self.colours[name], False) for name, lift in report.lift.items()]
        if len(rows) > 1 and report.overall:
            rows.append((say("all_letters"), report.overall, "all", True))
        between = [(f"{one.arm} − {one.against}", one.lift, self.colours[one.arm], False) for one in report.between]
        plots = [self.conversion_forest(rows), self.revenue_forest(rows)]
        if between:
            plots += [tag("h2", say("between_title")), self.conversion_forest(between), self.revenue_forest(between)]
        if not any(lift.conversion for _, lift, _, _ in [*rows, *between]):
            return Markup()
        return tag("section", tag("h2", say("lift_title")), tag("p", say("lift_note"), class_="note"), *plots)

    def conversion_forest(self, rows: Sequence[Row]) -> Markup:
        drawn = [
            ForestRow(
                label, _in_points(lift.conversion), colour, self.of_whom(lift), self.p_of(lift.conversion), pooled
            )
            for label, lift, colour, pooled in rows
            if lift.conversion
        ]
        if not drawn:
            return Markup()
        widest = max(abs(edge) for row in drawn for edge in (row.difference.low, row.difference.high))
        digits = 1 if widest >= 2 else 2
        title = tag("h3", self.words.say("more_bought"))
        return joined(title, forest_plot(drawn, lambda value: self.notation.signed(value, digits), self.points_tick))

    def revenue_forest(self, rows: Sequence[Row]) -> Markup:
        drawn = [
            ForestRow(label, lift.revenue_per_contact, colour, "", self.p_of(lift.revenue_per_contact), pooled)
            for label, lift, colour, pooled in rows
            if lift.revenue_per_contact and lift.revenue_per_contact.low < lift.revenue_per_contact.high
        ]
        if not drawn:
            return Markup()
        widest = max(abs(edge) for row in drawn for edge in (row.difference.low, row.difference.high))
        plot = forest_plot(
            drawn, lambda value: self.notation.money(value, signed=True, like=widest), self.notation.signed
        )
        return joined(tag("h3", f"{self.words.say('more_money')}, {self.notation.currency}"), plot)

    def of_whom(self, lift: Lift) -> str:
        one, other = (self.notation.percent(share.rate or 0.0) for share in (lift.treated, lift.against))
        return self.words.say("against", one=one, other=other)

    def p_of(self, found: Difference) -> str:
        return f" · p {self.words.equals_p(found.p_value)}" if found.p_value is not None else ""

    def points_tick(self, value: float, digits: int) -> str:
        return self.notation.signed(value, digits)

    def large_money(self, value: float) -> str:
        return self.notation.money(value, signed=True)

    # --- the course of it

    def days(self) -> Markup:
        chosen = [period.figures for period in self.report.periods if period.figures.complete]
        chosen = chosen or [period.figures for period in self.report.periods if period.figures.started_at]
        lines = []
        for name in self.report.arms:
            arms = [figures.arms[name] for figures in chosen if name in figures.arms]
            firsts = tuple(sum(day) for day in zip(*(arm.converted_by_day for arm in arms), strict=False))
            lines.append(Line(self.words.arm(name), self.colour(name), sum(arm.audience for arm in arms), firsts))
        days = max((len(line.firsts) for line in lines), default=0)
        if days < 2 or not any(sum(line.firsts) for line in lines):
            return Markup()
        chart = days_chart(lines, days, self.notation.percent, self.words.say("day", day="").strip())
        note = tag("p", self.words.say("days_note"), class_="note")
        return tag("section", tag("h2", self.words.say("days_title")), note, chart)

    def periods(self) -> Markup:
        report, say = self.report, self.words.say
        if len(report.periods) < 2 or report.overall is None:
            return Markup()
        pairs = zip(report.periods, report.by_period, strict=True)
        rows = [(period.figures.period, lift, "all", False) for period, lift in pairs if lift]
        rows.append((say("all_periods"), report.overall, "all", True))
        return tag("section", tag("h2", say("periods_title")), self.conversion_forest(rows), self.revenue_forest(rows))

    def funnels(self) -> Markup:
        say = self.words.say
        cards = [funnel(self.words.arm(arm.name), self.colour(arm.name), self.stages(arm))
                 for arm in self.report.arms.values() if arm.figures.audience]  # fmt: skip
        if not cards:
            return Markup()
        note = tag("p", say("funnel_note"), class_="note")
        return tag("section", tag("h2", say("funnel_title")), note, tag("div", *cards, class_="funnels"))

    def stages(self, arm: ArmReport) -> list[Stage]:
        figures, say = arm.figures, self.words.say
        names = ["converted"] if arm.is_holdout else ["sent", "clicked", "converted", "opened"]
        whole = Stage(say("audience"), 1.0, self.notation.number(figures.audience))
        counted = [(name, getattr(figures, name), arm.share(name)) for name in names]
        return [whole, *(
            Stage(say(name), count / figures.audience, self.count_and_rate(count, share), faint=name == "opened")
            for name, count, share in counted
        )]  # fmt: skip

    def count_and_rate(self, count: int, share: Share) -> str:
        rate = f" · {self.notation.percent(share.rate)}" if share.rate is not None else ""
        return self.notation.number(count) + rate

    def colour(self, arm: str) -> str:
        return self.colours.get(arm, "hold")

    # --- the figures

    def numbers(self) -> Markup:
        arms, say = list(self.report.arms.values()), self.words.say
        if not arms:
            return Markup()
        names = [tag("th", tag("i", "", class_=self.colour(arm.name)), self.words.arm(arm.name)) for arm in arms]
        head = tag("thead", tag("tr", tag("th", ""), *names))
        counts = ["converted", "sent", "clicked", "failed", "bounced", "complained", "unsubscribed", "opened",
                  "opened_machine"]  # fmt: skip
        if any(arm.figures.unknown for arm in arms):
            counts.insert(4, "unknown")
        rows = [self.row("audience", [tag("td", self.notation.number(arm.figures.audience)) for arm in arms])]
        rows += [self.row(name, [self.cell(arm, name) for arm in arms]) for name in counts]
        rows[2:2] = [self.row("revenue", [tag("td", self.minor(arm.figures.revenue)) for arm in arms]),
                     self.row("per_contact", [self.mean_cell(arm) for arm in arms])]  # fmt: skip
        table = tag("table", head, tag("tbody", *rows))
        return tag("section", tag("h2", say("numbers_title")), tag("div", table, class_="scroll"))

    def row(self, phrase: str, cells: Sequence[Markup]) -> Markup:
        kind = {"converted": "key", "opened": "doubt", "opened_machine": "doubt"}.get(phrase)
        return tag("tr", tag("th", self.words.say(phrase), scope="row"), *cells, class_=kind)

    def cell(self, arm: ArmReport, name: str) -> Markup:
        if arm.is_holdout and name != "converted":
            return tag("td", "–")
        share = arm.share(name)
        interval = share.interval
        if share.rate is None or interval is None:
            return tag("td", self.notation.number(share.count))
        limits = " – ".join(self.notation.percent(edge) for edge in (interval.low, interval.high))
        return tag("td", self.count_and_rate(share.count, share), tag("small", limits))

    def mean_cell(self, arm: ArmReport) -> Markup:
        mean = arm.revenue_per_contact()
        if mean.mean is None:
            return tag("td", "–")
        limits = (
            " – ".join(self.minor(edge) for edge in (mean.interval.low, mean.interval.high)) if mean.interval else ""
        )
        return tag("td", self.minor(mean.mean), tag("small", limits))

    def minor(self, amount: float) -> str:
        return self.notation.money(amount / 10 ** minor_digits(self.notation.currency))

    def counted(self) -> Markup:
        said = [tag("li", sentence) for sentence in self.words.counted]
        left_out = self.report.left_out
        if left_out:
            reasons = " · ".join(
                f"{self.words.say(reason)}: {self.notation.number(count)}" for reason, count in left_out.items()
            )
            said.append(tag("li", f"{self.words.say('left_out_title')}: {reasons}."))
        return tag("section", tag("h2", self.words.say("counted_title")), tag("ul", *said, class_="counted"))

    def footer(self) -> Markup:
        return tag(
            "footer", f"rekindle · {self.words.say('as_of', moment=self.notation.moment(self.report.heading.as_of))}"
        )


def _tile(name: str, value: str, note: str) -> Markup:
    return tag("li", tag("span", name), tag("b", value), tag("small", note))


def _in_points(found: Difference) -> Difference:
    return found.scaled(100)
