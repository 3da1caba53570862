"""Two figures that keep small numbers from shouting."""

from math import log, sqrt

ONE_SIDED_95 = 1.6449
"""Standard normal quantile of 0.95."""


def wilson_low(hits: int, trials: int) -> float:
    """Lower bound of a share, right in 95 of 100 cases (Wilson 1927, score interval, one-sided)."""
    if trials == 0:
        return 0.0
    share, z2 = hits / trials, ONE_SIDED_95**2
    middle = share + z2 / (2 * trials)
    margin = ONE_SIDED_95 * sqrt(share * (1 - share) / trials + z2 / (4 * trials**2))
    return max(0.0, (middle - margin) / (1 + z2 / trials))


def surprise(count: int, expected: float) -> float:
    """Poisson log-likelihood ratio of `count` where `expected` (> 0) was to be expected; 0 where it is not more."""
    if count <= expected:
        return 0.0
    return 2 * (count * log(count / expected) - (count - expected))
