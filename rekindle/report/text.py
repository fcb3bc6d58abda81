"""A report for the terminal: lines of plain text, each with a tone that the command may colour."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ..model.money import minor_digits
from .campaign import ArmReport, CampaignReport, Heading
from .difference import Difference
from .judgement import Verdict
from .lift import Lift
from .notation import Notation
from .phrases import LANGUAGES
from .shares import Share
from .words import Words, notation_for, words_for

NONE = "–"
RULER = 25
"""Characters of a drawn interval."""


class Tone(StrEnum):
    """What a line is, for its colour."""

    PLAIN = "plain"
    TITLE = "title"
    HEADING = "heading"
    FAINT = "faint"
    GOOD = "good"
    BAD = "bad"
    CAUTION = "caution"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text, without its end."""

    text: str = ""
    tone: Tone = Tone.PLAIN


def tone_of(verdict: Verdict) -> Tone:
    """Good news, bad news, or a caution."""
    return {Verdict.BETTER: Tone.GOOD, Verdict.WORSE: Tone.BAD}.get(verdict, Tone.CAUTION)


def report_lines(report: CampaignReport, width: int = 100) -> list[Line]:
    """The report of one campaign, wrapped to `width` where it is prose."""
    words = words_for(report)
    lines = [Line(report.heading.campaign, Tone.TITLE)]
    if report.heading.description:
        lines.append(Line(report.heading.description))
    lines += [*_wrapped(words.subject, width, Tone.FAINT, ""), Line()]
    lines.append(Line(f"  {words.verdict.upper()}", tone_of(report.judgement.verdict)))
    lines += [*_wrapped(words.headline, width), *_wrapped(words.money, width), *_wrapped(words.codes, width)]
    for block in (_lift_block, _between_block, _buyers_block, _letters_block, _periods_block):
        lines += block(words)
    return [*lines, *_closing(words, width)]


def list_lines(reports: Sequence[CampaignReport], heading: Heading) -> list[Line]:
    """All campaigns in a line each; `heading` gives the language where there is none."""
    words = [words_for(report) for report in reports]
    if not words:
        blank = notation_for(heading)
        return [Line(_say(blank, "no_campaigns"))]
    names = ("campaign", "periods", "sent", "converted", "lift_short", "interval", "extra_revenue", "verdict")
    rows = [tuple(words[0].say(name) for name in names), *(_list_row(one) for one in words)]
    tones = [Tone.HEADING, *(tone_of(report.judgement.verdict) for report in reports)]
    return [Line(line.text, tone) for line, tone in zip(_table(rows, left=(0, 7)), tones, strict=True)]


def _say(notation: Notation, phrase: str) -> str:
    return LANGUAGES[notation.language][phrase]


def _list_row(words: Words) -> tuple[str, ...]:
    report, notation = words.report, words.notation
    lift = report.overall.conversion if report.overall else None
    extra = report.worth.incremental_revenue
    return (
        report.heading.campaign,
        notation.number(len(report.periods)),
        notation.number(report.treated.sent),
        notation.number(report.treated.converted),
        notation.points(lift.value) if lift else NONE,
        _points_range(lift, notation, lift.value) if lift else NONE,
        notation.money(extra.value, signed=True) if extra else NONE,
        words.verdict,
    )


# --- the blocks


def _lift_block(words: Words) -> list[Line]:
    report = words.report
    rows = [(words.arm(name), lift) for name, lift in report.lift.items()]
    if len(rows) > 1 and report.overall:
        rows.append((words.say("all_letters"), report.overall))
    return _lift_table(words, "lift_title", rows)


def _between_block(words: Words) -> list[Line]:
    rows = [(f"{one.arm} − {one.against}", one.lift) for one in words.report.between]
    return _lift_table(words, "between_title", rows)


def _periods_block(words: Words) -> list[Line]:
    report = words.report
    if len(report.periods) < 2:
        return []
    pairs = zip(report.periods, report.by_period, strict=True)
    rows = [(period.figures.period, lift) for period, lift in pairs if lift]
    rows += [(words.say("all_periods"), report.overall)] if report.overall else []
    return _lift_table(words, "periods_title", rows)


def _lift_table(words: Words, title: str, rows: Sequence[tuple[str, Lift]]) -> list[Line]:
    found = [(name, lift.conversion, lift.revenue_per_contact) for name, lift in rows if lift.conversion]
    if not found:
        return []
    notation = words.notation
    span = _span([conversion for _, conversion, _ in found])
    widest = max(abs(edge) for edge in span)
    table = [
        ("", words.say("difference"), words.say("interval"), words.say("p_value"), "", words.say("per_contact"), ""),
        *(
            (
                name,
                notation.points(conversion.value, widest),
                _points_range(conversion, notation, widest),
                notation.p_value(conversion.p_value),
                drawn_interval(conversion, span),
                notation.money(money.value, signed=True) if money else NONE,
                _money_range(money, notation) if money else "",
            )
            for name, conversion, money in found
        ),
    ]
    return [Line(), Line(f"{words.say(title)} ({words.say('points')})", Tone.HEADING), *_table(table, left=(0, 4))]


def _buyers_block(words: Words) -> list[Line]:
    if not words.report.arms:
        return []
    names = ("arm", "audience", "converted", "rate", "interval", "revenue", "per_contact")
    rows = [tuple(words.say(name) for name in names)]
    rows += [_buyers_row(words, arm) for arm in words.report.arms.values()]
    return [Line(), *_headed(_table(rows, left=(0,)))]


def _buyers_row(words: Words, arm: ArmReport) -> tuple[str, ...]:
    notation, share, mean = words.notation, arm.share("converted"), arm.revenue_per_contact().mean
    minor = 10 ** _digits(words)
    return (
        words.arm(arm.name),
        notation.number(arm.figures.audience),
        notation.number(arm.figures.converted),
        notation.percent(share.rate) if share.rate is not None else NONE,
        _rate_range(share, notation),
        notation.money(arm.figures.revenue / minor),
        notation.money(mean / minor) if mean is not None else NONE,
    )


def _letters_block(words: Words) -> list[Line]:
    mailed = [arm for arm in words.report.arms.values() if not arm.is_holdout]
    if not mailed:
        return []
    counts = ["sent", "failed", "bounced", "complained", "unsubscribed", "clicked", "opened", "opened_machine"]
    if any(arm.figures.unknown for arm in mailed):
        counts.insert(2, "unknown")
    rows = [(words.say("arm"), *(words.say(name) for name in counts))]
    rows += [
        (words.arm(arm.name), *(words.notation.number(getattr(arm.figures, name)) for name in counts)) for arm in mailed
    ]
    return [Line(), *_headed(_table(rows, left=(0,)))]


def _closing(words: Words, width: int) -> Iterable[Line]:
    left_out = words.report.left_out
    if left_out:
        said = " · ".join(f"{words.say(reason)} {words.notation.number(count)}" for reason, count in left_out.items())
        yield Line()
        yield from _wrapped(f"{words.say('left_out_title')}: {said}", width, Tone.FAINT, "")
    if words.report.arms:
        yield from _wrapped(words.balance, width, Tone.FAINT, "")


# --- the forms


def drawn_interval(found: Difference, span: tuple[float, float]) -> str:
    """An interval on a ruler from `span[0]` to `span[1]`: `··│──●──···`, the bar standing at zero."""
    low, high = span

    def place(value: float) -> int:
        return round((value - low) / (high - low) * (RULER - 1))

    drawn = ["·"] * RULER
    drawn[place(found.low) : place(found.high) + 1] = "─" * (place(found.high) - place(found.low) + 1)
    drawn[place(0.0)] = "│"
    drawn[place(found.value)] = "●"
    return "".join(drawn)


def _span(found: Sequence[Difference]) -> tuple[float, float]:
    low, high = min(0.0, *(one.low for one in found)), max(0.0, *(one.high for one in found))
    return (low, high) if high > low else (-1.0, 1.0)


def _points_range(found: Difference, notation: Notation, like: float) -> str:
    return f"{notation.points(found.low, like)} .. {notation.points(found.high, like)}"


def _money_range(found: Difference, notation: Notation) -> str:
    low, high = (notation.money(value, signed=True, like=found.high) for value in (found.low, found.high))
    return f"{low} .. {high}"


def _rate_range(share: Share, notation: Notation) -> str:
    if share.interval is None:
        return NONE
    return f"{notation.percent(share.interval.low)} .. {notation.percent(share.interval.high)}"


def _digits(words: Words) -> int:
    return minor_digits(words.notation.currency)


def _table(rows: Sequence[Sequence[str]], left: Sequence[int]) -> list[Line]:
    """Columns two spaces apart, those in `left` to the left, the others to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [cell.ljust(widths[at]) if at in left else cell.rjust(widths[at]) for at, cell in enumerate(row)]
        lines.append(Line("  " + "  ".join(cells).rstrip()))
    return lines


def _headed(lines: list[Line]) -> list[Line]:
    return [Line(lines[0].text, Tone.HEADING), *lines[1:]]


def _wrapped(text: str, width: int, tone: Tone = Tone.PLAIN, indent: str = "  ") -> list[Line]:
    # textwrap would break at the spaces inside numbers, which it takes for spaces of its own
    held = text.replace("\u00a0", "\ue000")
    wrapped = textwrap.wrap(held, max(width, 40), initial_indent=indent, subsequent_indent=indent)
    return [Line(line.replace("\ue000", "\u00a0"), tone) for line in wrapped]
