"""Draw the small data sets of the reference cases: one ``<case>/data.csv`` each, from one fixed seed.

Run from anywhere: ``python tests/reference/cases/make_data.py``. The CSV files are committed; this
program stands beside them so that nobody has to guess where the numbers come from.
"""

from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).parent
SEED = 20240612

SIGMA_4 = np.array([[4.0, 2.2, 1.9, 1.1], [2.2, 5.5, 3.2, 2.3], [1.9, 3.2, 7.0, 4.4], [1.1, 2.3, 4.4, 9.0]])


def draw_subjects(rng, arms, per_arm):
    """One row per subject: id, arm, sex and a baseline value."""
    rows = [(f"S{i:03d}", arm) for i, arm in enumerate(np.repeat(arms, per_arm), start=1)]
    subjects = pd.DataFrame(rows, columns=["id", "arm"])
    subjects["sex"] = rng.choice(["F", "M"], size=len(subjects), p=[0.6, 0.4])
    subjects["base"] = np.round(rng.normal(8.5, 1.2, len(subjects)), 3)
    return subjects


def add_visits(rng, subjects, visits, mean, sigma):
    """Repeat each subject over the visits; ``mean(subject, visit number)`` plus correlated errors.

    ``sigma`` is one matrix, or a dictionary of one matrix per arm.
    """
    rows = []
    for subject in subjects.itertuples():
        sigma_arm = sigma[subject.arm] if isinstance(sigma, dict) else sigma
        errors = rng.multivariate_normal(np.zeros(len(visits)), sigma_arm)
        for number, visit in enumerate(visits):
            value = round(float(mean(subject, number) + errors[number]), 4)
            rows.append((*subject[1:], visit, number + 1, value))
    return pd.DataFrame(rows, columns=[*subjects.columns, "visit", "visitn", "y"])


def drop_values(rng, data, dropout, skipped):
    """Empty responses: a monotone dropout per visit, then single skipped visits; rows stay."""
    data = data.copy()
    for _, index in data.groupby("id", sort=True).groups.items():
        left = False
        for row in index[1:]:
            left = left or rng.random() < dropout
            if left or rng.random() < skipped:
                data.loc[row, "y"] = np.nan
    return data


def mean_of_trial(effects):
    """Mean function: a baseline slope, a sex effect and an arm-by-visit table of effects."""

    def mean(subject, number):
        level = {"F": 0.0, "M": 0.7}[subject.sex]
        return 20 + 0.9 * (subject.base - 8.5) + level + effects[subject.arm][number]

    return mean


def make_unstructured(rng):
    subjects = draw_subjects(rng, ["PBO", "TRT"], [24, 21])
    mean = mean_of_trial({"PBO": [0, 0.5, 0.8, 1.0], "TRT": [0.4, 1.6, 2.6, 3.1]})
    return drop_values(rng, add_visits(rng, subjects, ["V1", "V2", "V3", "V4"], mean, SIGMA_4), 0.09, 0.07)


def make_three_arms(rng):
    subjects = draw_subjects(rng, ["HIGH", "LOW", "PBO"], [17, 20, 19])
    effects = {"PBO": [0, 0.2, 0.3], "LOW": [0.5, 1.0, 1.2], "HIGH": [0.9, 1.9, 2.8]}
    data = add_visits(rng, subjects, ["W04", "W08", "W12"], mean_of_trial(effects), SIGMA_4[:3, :3])
    return drop_values(rng, data, 0.08, 0.05)


def make_structures(rng):
    subjects = draw_subjects(rng, ["PBO", "TRT"], [20, 20])
    effects = {"PBO": [0, 0.3, 0.6, 0.9], "TRT": [0.3, 0.9, 1.5, 2.2]}
    sd, week = np.array([1.6, 2.0, 2.3, 2.9]), np.array([2.0, 4.0, 8.0, 14.0])
    sigma = np.outer(sd, sd) * np.exp(-np.abs(week[:, None] - week[None, :]) / 9)
    data = add_visits(rng, subjects, ["W02", "W04", "W08", "W14"], mean_of_trial(effects), sigma)
    data["week"] = week[data["visitn"] - 1]
    return drop_values(rng, data, 0.08, 0.06)


def make_group_covariance(rng):
    subjects = draw_subjects(rng, ["PBO", "TRT"], [26, 16])
    effects = {"PBO": [0, 0.4, 0.7], "TRT": [0.2, 1.2, 2.3]}
    sigma = {"PBO": SIGMA_4[:3, :3], "TRT": 2.6 * SIGMA_4[1:, 1:]}
    return drop_values(
        rng, add_visits(rng, subjects, ["V1", "V2", "V3"], mean_of_trial(effects), sigma), 0.08, 0.05
    )


def make_weighted(rng):
    subjects = draw_subjects(rng, ["PBO", "TRT"], [18, 17])
    subjects["w"] = rng.integers(1, 5, len(subjects))
    effects = {"PBO": [0, 0.4, 0.7], "TRT": [0.2, 1.2, 2.3]}
    data = add_visits(rng, subjects, ["V1", "V2", "V3"], mean_of_trial(effects), SIGMA_4[:3, :3])
    return drop_values(rng, data, 0.08, 0.05)


def make_single_visit(rng):
    subjects = draw_subjects(rng, ["HIGH", "LOW", "PBO"], [9, 12, 10])
    effects = {"PBO": [0.0], "LOW": [0.9], "HIGH": [2.0]}
    return add_visits(rng, subjects, ["V1"], mean_of_trial(effects), np.array([[4.0]]))


def make_paired(rng):
    subjects = draw_subjects(rng, ["ALL"], [11])
    mean = mean_of_trial({"ALL": [0.0, 1.1]})
    return add_visits(rng, subjects, ["PRE", "POST"], mean, np.array([[3.0, 2.4], [2.4, 4.5]]))


def make_welch(rng):
    subjects = draw_subjects(rng, ["PBO", "TRT"], [9, 14])
    sigma = {"PBO": np.array([[2.0]]), "TRT": np.array([[9.0]])}
    return add_visits(rng, subjects, ["V1"], mean_of_trial({"PBO": [0.0], "TRT": [1.5]}), sigma)


def make_complete_interactions(rng):
    subjects = draw_subjects(rng, ["PBO", "TRT"], [20, 26])
    effects = {"PBO": [0, 0.4, 0.7], "TRT": [0.2, 1.2, 2.3]}
    return add_visits(rng, subjects, ["V1", "V2", "V3"], mean_of_trial(effects), SIGMA_4[:3, :3])


def make_random_intercept(rng):
    subjects = draw_subjects(rng, ["PBO", "TRT"], [12, 9])
    effects = {"PBO": [0, 0.4, 0.7, 0.9], "TRT": [0.2, 1.2, 2.3, 2.4]}
    sigma = np.full((4, 4), 2.5) + 3.0 * np.eye(4)
    data = add_visits(rng, subjects, ["V1", "V2", "V3", "V4"], mean_of_trial(effects), sigma)
    return drop_values(rng, data, 0.10, 0.08)


def make_comparisons(rng):
    """Four arms of unequal size, one visit: every multiplicity adjustment has something to adjust."""
    subjects = draw_subjects(rng, ["A", "B", "C", "D"], [9, 14, 7, 11])
    effects = {"A": [0.0], "B": [1.2], "C": [2.1], "D": [1.9]}
    return add_visits(rng, subjects, ["V1"], mean_of_trial(effects), np.array([[4.0]]))


def make_precision(rng):
    """A precision for every row, beside dropout: SAS's WEIGHT."""
    data = make_unstructured(rng)
    data["n_readings"] = rng.integers(1, 6, len(data))
    return data


MAKERS = {
    "unstructured": make_unstructured,
    "three_arms": make_three_arms,
    "structures": make_structures,
    "group_covariance": make_group_covariance,
    "weighted": make_weighted,
    "single_visit": make_single_visit,
    "paired": make_paired,
    "welch": make_welch,
    "complete_interactions": make_complete_interactions,
    "random_intercept": make_random_intercept,
    "comparisons": make_comparisons,
    "precision": make_precision,
}


def main():
    for number, (name, make) in enumerate(MAKERS.items()):
        folder = HERE / name
        folder.mkdir(exist_ok=True)
        data = make(np.random.default_rng([SEED, number]))
        data.to_csv(folder / "data.csv", index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
