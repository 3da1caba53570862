import numpy as np
import pytest

from streams.text.training.fit import (
    calibration_error,
    fit_domains,
    fit_logistic,
    fit_platt,
    macro_f1,
    mean_plane,
)

pytest.importorskip("scipy", reason="scipy (dependency group `train`) is not installed")
FEW = np.array([[1, 0], [1, 0], [0, 1], [0, 1]], np.float32)
FIRST = np.array([True, True, False, False])


def test_logistic_learns_which_feature_speaks_for_the_class() -> None:
    from scipy.sparse import csr_matrix

    plane = fit_logistic(csr_matrix(FEW), FIRST, strength=10.0, importance=np.ones(4, np.float32), steps=30)
    assert plane.weights[0] > 0.5 > -0.5 > plane.weights[1]


@pytest.mark.parametrize("telling", [0.0, 0.5, 1.0])
def test_domains_may_hear_the_same_feature_differently(telling: float) -> None:
    from scipy.sparse import csr_matrix

    features = csr_matrix(np.tile(FEW, (10, 1)))
    domains = np.repeat([0, 1], 20)
    truth = np.where(domains == 0, np.tile(FIRST, 10), ~np.tile(FIRST, 10))
    truth[:4] = FIRST  # an uneven number, so that naive Bayes has an opinion
    one, other = fit_domains(
        features,
        truth | (np.arange(40) % 7 == 0),
        domains,
        count=2,
        strength=10.0,
        importance=np.ones(40, np.float32),
        steps=60,
        telling=telling,
    )
    assert one.weights[0] - one.weights[1] > other.weights[0] - other.weights[1]
    assert mean_plane([one, other]).bias == pytest.approx((one.bias + other.bias) / 2)


def test_platt_undoes_overconfidence() -> None:
    rng = np.random.default_rng(7)
    logits = rng.normal(0.0, 2.0, 4_000)
    truth = rng.random(4_000) < 1.0 / (1.0 + np.exp(-logits))
    slope, shift = fit_platt(3.0 * logits + 1.0, truth)
    assert slope == pytest.approx(1 / 3, abs=0.03)
    assert shift == pytest.approx(-1 / 3, abs=0.1)


def test_calibration_error_is_the_gap_between_confidence_and_truth() -> None:
    shares = np.array([[0.9, 0.1]] * 10)
    assert calibration_error(shares, np.array([0] * 9 + [1])) == pytest.approx(0.0)
    assert calibration_error(shares, np.array([0] * 5 + [1] * 5)) == pytest.approx(0.4)


def test_macro_f1_counts_every_class_alike() -> None:
    truth = np.array([0, 0, 0, 0, 0, 0, 1, 1])
    assert macro_f1(truth, truth, 3) == 1.0
    assert macro_f1(np.zeros(8, np.int64), truth, 2) == pytest.approx((12 / 14) / 2)
