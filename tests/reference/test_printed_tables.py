"""Small tables that papers print, typed here with their source, against the results that programs print of them.

These need nothing outside the repository.
"""

import numpy as np
import pandas as pd
import pytest

from mmrm import MMRM

# Student (1908), The probable error of a mean, Biometrika 6:1-25, table on p. 20 (Cushny and Peebles 1905):
# hours of sleep gained by ten patients with each of two drugs.
SLEEP = {
    "1": [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0],
    "2": [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4],
}
# Potthoff and Roy (1964), A generalized multivariate analysis of variance model useful especially for growth
# curve problems, Biometrika 51:313-326, table 1: distance (mm) from the pituitary to the pterygomaxillary
# fissure at ages 8, 10, 12, 14 of 11 girls and 16 boys.
AGES = (8, 10, 12, 14)
GIRLS = (
    (21.0, 20.0, 21.5, 23.0), (21.0, 21.5, 24.0, 25.5), (20.5, 24.0, 24.5, 26.0), (23.5, 24.5, 25.0, 26.5),
    (21.5, 23.0, 22.5, 23.5), (20.0, 21.0, 21.0, 22.5), (21.5, 22.5, 23.0, 25.0), (23.0, 23.0, 23.5, 24.0),
    (20.0, 21.0, 22.0, 21.5), (16.5, 19.0, 19.0, 19.5), (24.5, 25.0, 28.0, 28.0),
)  # fmt: skip
BOYS = (
    (26.0, 25.0, 29.0, 31.0), (21.5, 22.5, 23.0, 26.5), (23.0, 22.5, 24.0, 27.5), (25.5, 27.5, 26.5, 27.0),
    (20.0, 23.5, 22.5, 26.0), (24.5, 25.5, 27.0, 28.5), (22.0, 22.0, 24.5, 26.5), (24.0, 21.5, 24.5, 25.5),
    (23.0, 20.5, 31.0, 26.0), (27.5, 28.0, 31.0, 31.5), (23.0, 23.0, 23.5, 25.0), (21.5, 23.5, 24.0, 28.0),
    (17.0, 24.5, 26.0, 29.5), (22.5, 25.5, 25.5, 26.0), (23.0, 24.5, 26.0, 30.0), (22.0, 21.5, 23.5, 25.0),
)  # fmt: skip


def sleep():
    return pd.DataFrame(
        [(i, drug, gain) for drug, gains in SLEEP.items() for i, gain in enumerate(gains)],
        columns=["ID", "drug", "extra"],
    )


def growth():
    rows = [
        (f"{sex}{i:02d}", sex, age, f"{age:02d}", y)
        for sex, children in (("F", GIRLS), ("M", BOYS))
        for i, child in enumerate(children)
        for age, y in zip(AGES, child, strict=True)
    ]
    data = pd.DataFrame(rows, columns=["Person", "Gender", "Age", "AgeF", "y"])
    return data.assign(Gender=pd.Categorical(data["Gender"], ["M", "F"]))


def test_the_paired_t_test_of_student():
    # R prints for t.test(extra ~ group, paired): t = 4.0621, df = 9, p-value = 0.002833, mean 1.58,
    # 95 % limits 0.7001142 and 2.4598858. Kenward-Roger in Cholesky parameters gives SE 0.3386 instead of 0.3890.
    fit = MMRM.from_formula("extra ~ drug", sleep(), subject="ID", visit="drug", covariance="us").fit()
    row = fit.contrasts("drug").iloc[0]
    assert abs(row["estimate"]) == pytest.approx(1.58, abs=1e-9)
    assert row["df"] == pytest.approx(9, abs=1e-6)
    assert abs(row["statistic"]) == pytest.approx(4.0621, abs=5e-5)
    assert row["pvalue"] == pytest.approx(0.002833, abs=5e-7)
    limits = sorted([abs(row["lower"]), abs(row["upper"])])
    assert limits == pytest.approx([0.7001142, 2.4598858], abs=5e-8)


# SAS/STAT User's Guide, The MIXED Procedure, example "Repeated Measures": Gender, Age, Age*Gender; METHOD=ML.
# SAS stops early: its matrix is held to one unit of the last printed digit.
SAS_US = {
    "matrix": [
        [5.1192, 2.4409, 3.6105, 2.5222],
        [2.4409, 3.9279, 2.7175, 3.0624],
        [3.6105, 2.7175, 5.9798, 3.8235],
        [2.5222, 3.0624, 3.8235, 4.6180],
    ],
    "fit": {"deviance": 419.5, "aic": 447.5, "aicc": 452.0, "bic": 465.6},
    "params": {"Intercept": 15.8423, "Gender[T.F]": 1.5831, "Age": 0.8268, "Gender[T.F]:Age": -0.3504},
    "se": {"Intercept": 0.9356, "Gender[T.F]": 1.4658},
    "t": {"Intercept": 16.93, "Gender[T.F]": 1.08, "Age": 10.45, "Gender[T.F]:Age": -2.83},
    "type3": {"Gender": 1.17, "Age": 110.54, "Gender:Age": 7.99},
}


@pytest.fixture(scope="module")
def unstructured():
    model = MMRM.from_formula(
        "y ~ Gender * Age", growth(), subject="Person", visit="AgeF", covariance="us", reml=False
    )
    return model.fit(df_method="satterthwaite")


def test_the_unstructured_growth_curves_of_potthoff_and_roy(unstructured):
    fit = unstructured
    assert np.abs(np.asarray(fit.sigma) - SAS_US["matrix"]).max() < 1e-4
    for name, printed in SAS_US["fit"].items():
        assert getattr(fit, name) == pytest.approx(printed, abs=0.05), name
    for printed, found, half in (
        (SAS_US["params"], fit.params, 5.1e-5),
        (SAS_US["se"], fit.bse, 5.1e-5),
        (SAS_US["t"], fit.tvalues, 5.1e-3),
    ):
        for name, value in printed.items():
            assert found[name] == pytest.approx(value, abs=half), name


def test_type_3_tests_of_potthoff_and_roy(unstructured):
    found = unstructured.type3().set_index("term")["statistic"]
    for term, printed in SAS_US["type3"].items():
        assert found[term] == pytest.approx(printed, abs=5.1e-3), term


def test_the_compound_symmetric_growth_curves(unstructured):
    # The same example, TYPE=CS: -2 log likelihood 428.6, CS 3.0306, residual 1.8746.
    fit = MMRM.from_formula(
        "y ~ Gender * Age", growth(), subject="Person", visit="AgeF", covariance="cs", reml=False
    ).fit(df_method="satterthwaite")
    assert fit.deviance == pytest.approx(428.6, abs=0.05)
    found = fit.theta.set_index("parameter")["estimate"]
    assert found["covariance"] == pytest.approx(3.0306, abs=5.1e-5)
    assert found["residual"] == pytest.approx(1.8746, abs=5.1e-5)
    # REML would give 433.8: the neighbouring method is far outside.
    assert fit.deviance > unstructured.deviance
