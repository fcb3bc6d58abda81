"""Fitting BG/NBD to the lives of all buyers by maximum likelihood, in numpy (the extra `predict`).

The sums of gamma functions in the likelihood telescope over the few different numbers of repeats, so that no special
function is needed, and the gradient is exact; the maximum is climbed by BFGS over the logarithms of the four figures.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..model.error import MissingExtraError
from ..model.lifetime import LifetimeModel
from .alive import DAYS_A_WEEK, Life

if TYPE_CHECKING:
    import numpy as np

    Numbers = np.ndarray[Any, np.dtype[np.float64]]

MOST_STEPS = 500
SMALL_GRADIENT = 1e-9
"""Of the mean log-likelihood: far below what six digits of a probability can show."""
FARTHEST = 12.0
"""The logarithms are kept within this: beyond it lie only populations that the model cannot tell anything about."""
SHORTEST_STEP = 1e-12
ARMIJO = 1e-4


@dataclass(frozen=True, slots=True)
class Fit:
    """The model and how likely it makes what was seen."""

    model: LifetimeModel
    log_likelihood: float


def fit_lifetimes(lives: Iterable[tuple[Life, int]]) -> Fit | None:
    """The likeliest model of these lives, each with the number of buyers who had it; None where nobody bought again.

    Raises MissingExtraError without numpy.
    """
    try:
        import numpy as np
    except ModuleNotFoundError as error:
        raise MissingExtraError("the field 'alive'", "predict") from error

    rows = np.array([(*life, count) for life, count in lives], dtype=np.float64).reshape(-1, 4)
    if not rows[:, 0].any():
        return None
    likelihood = _Likelihood(rows)
    place = _summit(likelihood)
    r, alpha, a, b = (float(figure) for figure in np.exp(place))
    value = likelihood(place)[0] * likelihood.buyers
    return Fit(LifetimeModel(r, alpha * likelihood.scale, a, b), float(value))


class _Likelihood:
    """The mean log-likelihood and its gradient by the logarithms of r, alpha (in units of `scale` weeks), a, b."""

    def __init__(self, rows: Numbers) -> None:
        import numpy as np

        self.repeats = rows[:, 0].astype(np.int64)
        weeks = rows[:, 1:3] / DAYS_A_WEEK
        self.scale = float(max(weeks[:, 1].max() / 10, 1 / DAYS_A_WEEK))
        self.active, self.known = weeks[:, 0] / self.scale, weeks[:, 1] / self.scale
        self.buyers = float(rows[:, 3].sum())
        self.shares = rows[:, 3] / self.buyers
        self.again = self.repeats > 0
        # time is counted in units of scale: each repeat is a density over time
        self.shift = -float((self.shares * self.repeats).sum()) * float(np.log(self.scale))
        self.steps = np.arange(int(self.repeats.max()), dtype=np.float64)

    def __call__(self, place: Numbers) -> tuple[float, Numbers]:
        import numpy as np

        r, alpha, a, b = np.exp(place)
        x, known, active = self.repeats, alpha + self.known, alpha + self.active
        rate, by_rate = self._sums(r)
        stay, by_stay = self._sums(b)
        both, by_both = self._sums(a + b)
        # A1 + A2 of the paper, then A3 and A4: still a buyer, or left after the last purchase
        common = rate[x] + r * np.log(alpha) + stay[x] - both[x]
        still = -(r + x) * np.log(known)
        tail = b + np.maximum(x, 1) - 1
        left = np.where(self.again, np.log(a) - np.log(tail) - (r + x) * np.log(active), -np.inf)
        value = common + np.logaddexp(still, left)
        gone = 1 / (1 + np.exp(np.clip(still - left, -700, 700)))  # the odds of `left`, 0 without a repeat
        gone = np.where(self.again, gone, 0.0)
        by_r = by_rate[x] + np.log(alpha) - (1 - gone) * np.log(known) - gone * np.log(active)
        by_alpha = r / alpha - (r + x) * ((1 - gone) / known + gone / active)
        by_a = gone / a - by_both[x]
        by_b = by_stay[x] - by_both[x] - gone / tail
        slope = np.array([float((self.shares * by).sum()) for by in (by_r, by_alpha, by_a, by_b)])
        return float((self.shares * value).sum()) + self.shift, slope * np.array([r, alpha, a, b])

    def _sums(self, start: float) -> tuple[Numbers, Numbers]:
        """For n from 0: the logarithm of start (start + 1) .. (start + n - 1), and its derivative by `start`."""
        import numpy as np

        terms = start + self.steps
        nothing = np.zeros(1)
        logs = np.concatenate([nothing, np.cumsum(np.log(terms))])
        return logs, np.concatenate([nothing, np.cumsum(1 / terms)])


def _summit(likelihood: _Likelihood) -> Numbers:
    """Where the likelihood is greatest, by BFGS with a backtracking line search."""
    import numpy as np

    place = np.zeros(4)
    value, slope = likelihood(place)
    inverse = np.eye(4)
    for _ in range(MOST_STEPS):
        if float(np.abs(slope).max()) < SMALL_GRADIENT:
            break
        direction = inverse @ slope
        if float(direction @ slope) <= 0:
            inverse, direction = np.eye(4), slope
        found = _step(likelihood, place, value, slope, direction)
        if found is None:
            if np.array_equal(inverse, np.eye(4)):
                break
            inverse = np.eye(4)
            continue
        moved, value, turned = found
        inverse = _curved(inverse, moved - place, slope - turned)
        place, slope = moved, turned
    return place


def _step(
    likelihood: _Likelihood, place: Numbers, value: float, slope: Numbers, direction: Numbers
) -> tuple[Numbers, float, Numbers] | None:
    """The first point on the way that is enough higher, with its value and slope; None where there is none."""
    import numpy as np

    length = min(1.0, 2.0 / float(np.abs(direction).max()))
    while length > SHORTEST_STEP:
        moved = np.clip(place + length * direction, -FARTHEST, FARTHEST)
        higher, turned = likelihood(moved)
        if higher > value and higher >= value + ARMIJO * float(slope @ (moved - place)):
            return moved, higher, turned
        length /= 2
    return None


def _curved(inverse: Numbers, step: Numbers, bend: Numbers) -> Numbers:
    """The BFGS update of the inverse curvature, where the step shows any."""
    import numpy as np

    along = float(step @ bend)
    if along <= 1e-14:
        return inverse
    left = np.eye(4) - np.outer(step, bend) / along
    return np.asarray(left @ inverse @ left.T + np.outer(step, step) / along)
