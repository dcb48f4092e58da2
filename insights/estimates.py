"""Estimates from what is unfinished or few: how long something takes, what share gets there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import sqrt

FEW = 5
"""Of fewer, no share is told, and no figures that could single out a person."""
MEDIAN, MOST = 0.5, 0.9
"""The shares that the report asks for: half, and nine of ten."""
Z = 1.959963984540054
"""The 97.5th percentile of the normal distribution, for intervals of 95 %."""
ROUNDING = 1e-9
"""Far above the error of a product of shares, far below the smallest step between two."""


@dataclass
class Waits:
    """How many days something took, or has taken so far, each as days → how many.

    ``done`` took so long. ``waiting`` has taken so long up to now, and ``left`` up to the day on
    which it went another way: of both is known only that it takes longer (right-censored).
    """

    done: Counter[int] = field(default_factory=Counter)
    waiting: Counter[int] = field(default_factory=Counter)
    left: Counter[int] = field(default_factory=Counter)

    @property
    def is_empty(self) -> bool:
        return not (self.done or self.waiting or self.left)

    def within(self, share: float) -> int | None:
        """The days after which ``share`` are done; ``None`` while too many are not to tell.

        The estimator of Kaplan and Meier: each day's share of those still under observation that
        are not done on it, multiplied up to a day, is the share that takes longer than that day.
        Returned is the first day on which at most ``1 - share`` take longer. Who stops being
        observed on a day counts on that day. Without anybody waiting or gone it is the ordinary
        quantile.

        E. L. Kaplan and P. Meier, "Nonparametric Estimation from Incomplete Observations",
        Journal of the American Statistical Association 53 (1958), pp. 457–481.
        """
        observed = self.done.total() + self.waiting.total() + self.left.total()
        longer = 1.0
        for days in sorted({*self.done, *self.waiting, *self.left}):
            done = self.done[days]
            if done:
                longer *= 1 - done / observed
                if longer <= 1 - share + ROUNDING:
                    return days
            observed -= done + self.waiting[days] + self.left[days]
        return None


@dataclass(frozen=True)
class Share:
    """``part`` of ``whole``, and between which shares the true one lies with 95 % confidence."""

    part: int
    whole: int

    @property
    def is_few(self) -> bool:
        """Too few to say anything."""
        return self.whole < FEW

    @property
    def value(self) -> float:
        return self.part / self.whole

    @property
    def interval(self) -> tuple[float, float]:
        """The score interval of Wilson, which holds for few and for shares near 0 and 1.

        With p = part / whole, n = whole and z = 1.96:
        (p + z²/2n ± z √(p(1 − p)/n + z²/4n²)) / (1 + z²/n).

        E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference",
        Journal of the American Statistical Association 22 (1927), pp. 209–212.
        """
        share, number = self.value, self.whole
        middle = share + Z**2 / (2 * number)
        reach = Z * sqrt(share * (1 - share) / number + Z**2 / (4 * number**2))
        by = 1 + Z**2 / number
        return max(0.0, (middle - reach) / by), min(1.0, (middle + reach) / by)


def shares(parts: Mapping[str, int], wholes: Mapping[str, int]) -> dict[str, Share]:
    """Part and whole of each name in ``wholes``."""
    return {name: Share(parts.get(name, 0), whole) for name, whole in wholes.items()}
