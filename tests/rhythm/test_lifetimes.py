"""BG/NBD fitted by maximum likelihood, against the published figures and against the likelihood's own summit."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import astuple, replace
from datetime import date
from math import exp, lgamma, log
from pathlib import Path

import pytest

from rekindle.model.error import MissingExtraError
from rekindle.model.lifetime import LifetimeModel
from rekindle.rhythm.alive import Life, life_of
from rekindle.rhythm.lifetimes import fit_lifetimes

DATA = Path(__file__).parents[3] / "shared" / "data" / "cdnow" / "CDNOW_sample.txt"
LIVES: tuple[tuple[Life, int], ...] = (
    ((0, 0, 200), 60), ((1, 20, 190), 12), ((2, 100, 200), 9), ((3, 50, 150), 5), ((6, 180, 200), 4), ((1, 7, 20), 8),
)  # fmt: skip


def naive_log_likelihood(model: LifetimeModel, lives: tuple[tuple[Life, int], ...]) -> float:
    """Equation 6 of the paper, buyer by buyer."""
    r, alpha, a, b = astuple(model)
    total = 0.0
    for (x, active, known), count in lives:
        beta = lgamma(a + b) + lgamma(b + x) - lgamma(b) - lgamma(a + b + x)
        still = -(r + x) * log(alpha + known / 7)
        left = exp(log(a / (b + x - 1)) - (r + x) * log(alpha + active / 7)) if x else 0.0
        total += count * (lgamma(r + x) - lgamma(r) + r * log(alpha) + beta + log(exp(still) + left))
    return total


@pytest.mark.skipif(not DATA.exists(), reason=f"THE CDNOW BENCHMARK IS NOT RUN: {DATA} is not there")
def test_the_fit_on_cdnow_is_the_published_one() -> None:
    """Fader, Hardie & Lee 2005, table 2: 2,357 customers to 1997-09-30."""
    days: dict[str, list[date]] = {}
    for line in DATA.read_text("ascii").splitlines():
        written = line.split()[2]
        day = date(int(written[:4]), int(written[4:6]), int(written[6:]))
        if day <= date(1997, 9, 30):
            days.setdefault(line.split()[0], []).append(day)
    lives = Counter(life_of(one, date(1997, 9, 30)) for one in days.values())

    fit = fit_lifetimes((life, count) for life, count in lives.items() if life is not None)

    assert fit is not None
    assert tuple(round(figure, 3) for figure in astuple(fit.model)) == (0.243, 4.414, 0.793, 2.426)
    assert round(fit.log_likelihood, 1) == -9582.4
    assert len(days) == 2357


def test_the_likelihood_is_the_papers_and_no_neighbour_is_likelier() -> None:
    """The summit: a step to any side goes down; the value is that of the formula written out."""
    fit = fit_lifetimes(LIVES)
    assert fit is not None
    best = naive_log_likelihood(fit.model, LIVES)
    assert abs(best - fit.log_likelihood) < 1e-9 * abs(best)
    for name in ("r", "alpha", "a", "b"):
        for factor in (0.99, 1.01):
            aside = replace(fit.model, **{name: getattr(fit.model, name) * factor})
            assert naive_log_likelihood(aside, LIVES) < best


def test_buyers_together_or_one_by_one_are_the_same_population() -> None:
    """A count of 60 is 60 rows."""
    together = fit_lifetimes(LIVES)
    apart = fit_lifetimes([(life, 1) for life, count in LIVES for _ in range(count)])
    assert together is not None
    assert apart is not None
    assert astuple(apart.model) == pytest.approx(astuple(together.model), rel=1e-6)


@pytest.mark.parametrize(
    "lives",
    [
        [((1, 10, 20), 1)],
        [((1, 0, 0), 3)],
        [((3, 20, 20), 1), ((0, 0, 20), 5)],
        [((5, 0, 400), 1)],
        [((3000, 3000, 3000), 3), ((0, 0, 5), 10)],
        [((1, 1, 1), 3)],
        [((2, 30000, 700000), 2), ((0, 0, 0), 5)],
    ],
)
def test_odd_populations_end_in_finite_figures(lives: list[tuple[Life, int]]) -> None:
    """One buyer, all on one day, centuries: whatever it says, it ends and is positive and finite."""
    fit = fit_lifetimes(lives)
    assert fit is not None
    assert all(0 < figure < 1e12 for figure in astuple(fit.model))


def test_where_nobody_bought_again_there_is_nothing_to_fit() -> None:
    """None, not a guess."""
    assert (fit_lifetimes([]), fit_lifetimes([((0, 0, 50), 7)])) == (None, None)


def test_without_numpy_the_error_names_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra `predict`."""
    monkeypatch.setitem(sys.modules, "numpy", None)
    with pytest.raises(MissingExtraError) as caught:
        fit_lifetimes(LIVES)
    assert str(caught.value) == "the field 'alive' needs the extra 'predict': pip install 'rekindle[predict]'"
