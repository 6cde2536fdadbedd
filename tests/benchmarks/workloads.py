"""Generated data of the benchmark: seeded, with a fixed pool of missingness patterns."""

import numpy as np
import pandas as pd

SEED = 20240612


def fev_shape() -> pd.DataFrame:
    """200 subjects x 4 visits, two arms, two factors, about a third of the responses missing, as R mmrm's fev_data."""
    rng = np.random.default_rng([SEED, 1])
    n, m = 200, 4
    sd = np.array([5.2, 3.9, 9.8, 6.4])
    correlation = 0.25 + 0.75 * np.eye(m)
    errors = rng.multivariate_normal(np.zeros(m), np.outer(sd, sd) * correlation, n)
    arm, sex = rng.integers(0, 2, n), rng.integers(0, 2, n)
    race = rng.integers(0, 3, n)
    mean = np.array([33.0, 38, 43, 48]) + 4 * arm[:, None] + 0.5 * sex[:, None] + 2.5 * race[:, None]
    seen = rng.random((n, m)) < 0.67
    seen[~seen.any(axis=1), 0] = True
    return _long(mean + errors, seen, {"ARMCD": arm, "SEX": sex, "RACE": race}, ["PBO", "TRT"])


def pattern_pool(m: int, count: int) -> np.ndarray:
    """``count`` distinct visit masks: complete, every dropout, then dropouts with skipped visits; visit 1 always seen."""
    rng = np.random.default_rng([SEED, 2])
    visits = np.arange(m)
    pool = [visits < last for last in range(m, 0, -1)]
    known = {mask.tobytes() for mask in pool}
    while len(pool) < count:
        mask = (visits < rng.integers(m // 2, m + 1)) & (rng.random(m) > 0.15)
        mask[0] = True
        if mask.tobytes() not in known:
            known.add(mask.tobytes())
            pool.append(mask)
    return np.array(pool[:count])


def large_shape(n: int, m: int = 10, patterns: int = 107) -> pd.DataFrame:
    """n subjects x m visits, arm by visit, a covariate and two factors (23 coefficients for m = 10)."""
    rng = np.random.default_rng([SEED, 3, n])
    pool = pattern_pool(m, patterns)
    share = np.full(patterns, 0.25 / (patterns - m))
    share[0], share[1:m] = 0.55, 0.20 / (m - 1)
    which = rng.choice(patterns, n, p=share)
    which[:patterns] = np.arange(patterns)  # every pattern occurs
    time = np.arange(m)
    sigma = (
        (6 + 0.4 * time[:, None]) * (6 + 0.4 * time[None, :]) * 0.8 ** np.abs(time[:, None] - time[None, :])
    )
    arm, sex, site = rng.integers(0, 2, n), rng.integers(0, 2, n), rng.integers(0, 2, n)
    base = rng.normal(50, 8, n)
    mean = 0.5 * base[:, None] + sex[:, None] + 0.3 * arm[:, None] * time
    y = mean + rng.multivariate_normal(np.zeros(m), sigma, n)
    data = _long(y, pool[which], {"ARMCD": arm, "SEX": sex, "SITE": site}, ["PBO", "TRT"])
    data["BASE"] = np.repeat(base, m)
    return data


LARGE_FORMULA = "Y ~ BASE + SEX + SITE + ARMCD * AVISIT"
FEV_FORMULA = "Y ~ RACE + SEX + ARMCD * AVISIT"
SMALL_FORMULA = "Y ~ BASE * AVISIT + SEX * AVISIT + ARMCD * AVISIT"


def small_shape(n: int = 60) -> pd.DataFrame:
    """60 subjects x 3 visits: baseline, sex and arm each by visit (12 coefficients)."""
    rng = np.random.default_rng([SEED, 4])
    m = 3
    sigma = np.array([[0.49, 0.44, 0.35], [0.44, 0.81, 0.69], [0.35, 0.69, 1.21]])
    arm, sex, base = np.arange(n) % 2, rng.integers(0, 2, n), rng.normal(8.5, 1, n)
    y = -0.35 * (base[:, None] - 8.5) + rng.multivariate_normal(np.zeros(m), sigma, n)
    seen = np.cumsum(rng.random((n, m)) < 0.07, axis=1) == 0
    seen[:, 0] = True
    data = _long(y, seen, {"ARMCD": arm, "SEX": sex}, ["PBO", "TRT"])
    data["BASE"] = np.repeat(base, m)
    return data


def _long(y: np.ndarray, seen: np.ndarray, factors: dict[str, np.ndarray], arms: list[str]) -> pd.DataFrame:
    n, m = y.shape
    visits = [f"V{i + 1:02d}" for i in range(m)]
    data = pd.DataFrame(
        {"USUBJID": np.repeat([f"S{i:06d}" for i in range(n)], m), "AVISIT": np.tile(visits, n)}
    )
    for name, values in factors.items():
        labels = np.array(arms if name == "ARMCD" else [f"{name}{k}" for k in range(values.max() + 1)])
        data[name] = np.repeat(labels[values], m)
    data["Y"] = np.where(seen, y, np.nan).reshape(-1)
    return data
