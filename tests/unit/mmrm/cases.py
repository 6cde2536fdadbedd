"""Small simulated trials that the engine's tests share."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mmrm.data import MmrmData

VISITS = ("M1", "M3", "M6", "M12")


def simulate_trial(n_per_arm: int = 12, n_visits: int = 3, drop: float = 0.2, seed: int = 1) -> pd.DataFrame:
    """Two arms, a baseline covariate, a sex, correlated errors and responses missing at random."""
    rng = np.random.default_rng(seed)
    n = 2 * n_per_arm
    lag = np.abs(np.subtract.outer(np.arange(n_visits), np.arange(n_visits)))
    sd = 0.7 + 0.3 * np.arange(n_visits)
    root = np.linalg.cholesky(np.outer(sd, sd) * 0.6**lag)
    error = rng.standard_normal((n, n_visits)) @ root.T
    base = rng.normal(8.5, 1.0, n)
    arm = np.repeat(["CTL", "TRT"], n_per_arm)
    time = np.arange(n_visits) * 2.0 + rng.uniform(-0.3, 0.3, (n, n_visits))
    mean = -0.3 * (base[:, None] - 8.5) - 0.2 * np.arange(n_visits) - 0.4 * (arm == "TRT")[:, None]
    response = mean + error
    missing = rng.random((n, n_visits)) < drop
    missing[np.arange(n), rng.integers(0, n_visits, n)] = False
    frame = pd.DataFrame(
        {
            "ID": np.repeat([f"S{i:03d}" for i in range(n)], n_visits),
            "VISIT": np.tile(VISITS[:n_visits], n),
            "ARM": np.repeat(arm, n_visits),
            "SEX": np.repeat(rng.choice(["F", "M"], n), n_visits),
            "BASE": np.repeat(base, n_visits),
            "TIME": time.reshape(-1),
            "W": np.repeat(rng.uniform(0.5, 1.5, n), n_visits),
            "Y": np.where(missing, np.nan, response).reshape(-1),
        }
    )
    frame["VISIT"] = pd.Categorical(frame["VISIT"], categories=list(VISITS[:n_visits]), ordered=True)
    return frame


def build_arrays(
    frame: pd.DataFrame, by_arm: bool = False, spatial: bool = False, weighted: bool = False
) -> MmrmData:
    """Arrays of a simulated trial: intercept, baseline, visit and arm by visit."""
    rows = frame.dropna(subset=["Y"]).sort_values(["ID", "VISIT"])
    subject, _ = pd.factorize(rows["ID"], sort=True)
    visit = rows["VISIT"].cat.codes.to_numpy().astype(np.int64)
    m = len(rows["VISIT"].cat.categories)
    cell = np.eye(m)[visit]
    treated = (rows["ARM"] == "TRT").to_numpy(dtype=float)
    design = np.column_stack([cell, rows["BASE"].to_numpy(), treated, cell[:, 1:] * treated[:, None]])
    first = np.unique(subject, return_index=True)[1]
    return MmrmData(
        response=rows["Y"].to_numpy(),
        design=design,
        names=tuple(f"x{j}" for j in range(design.shape[1])),
        subject=subject.astype(np.int64),
        visit=visit,
        n_visits=m,
        weight=rows["W"].to_numpy()[first] if weighted else np.ones(first.size),
        group=treated[first].astype(np.int64) if by_arm else np.zeros(first.size, dtype=np.int64),
        n_groups=2 if by_arm else 1,
        coordinates=rows[["TIME"]].to_numpy() if spatial else None,
    )
