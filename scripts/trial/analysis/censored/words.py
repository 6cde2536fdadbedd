"""What outputs say about the joint censored model."""

from trial.analysis.censored.degenerate import Collapse
from trial.analysis.censored.records import Joint
from trial.analysis.config import AnalysisSpec
from trial.analysis.linear import BASE, LinearModel
from trial.analysis.model_words import covariate_name

TOO_FEW = "too few subjects with a value for the small-sample degrees of freedom"


def footnote(joint: Joint, spec: AnalysisSpec, config: LinearModel, by_arm: bool) -> str:
    """Return the model specification as outputs print it."""
    log = bool(spec.endpoint and spec.endpoint.scale == "log")
    others = [covariate_name(one, log, spec) for one in config.covariates if one.variable != BASE]
    entered = f", with {' and '.join(others)} in the mean of every visit" if others else ""
    covariance = f"unstructured covariance{', one per arm' if by_arm else ''}"
    return (
        f"Joint normal model of the {'ln ' if log else ''}values of all visits, the baseline among them, by "
        f"arm and visit{entered}; {covariance}. Values beyond a limit enter as intervals (censored maximum "
        "likelihood). Comparisons are adjusted for the baseline by the joint distribution; standard errors "
        "from the observed information times sqrt(n / df), t with df = n less arms, slopes on the baseline "
        f"and covariates. {len(joint.records)} observations of {len(joint.subjects)} subjects."
    )


def left_out_words(joint: Joint) -> list[str]:
    """Return how many subjects are left out because a covariate is missing."""
    return [
        f"{len(subjects)} subjects without {name} were left out of the model."
        for name, subjects in joint.left_out
    ]


def collapse_words(found: Collapse, visits: tuple[str, ...], joint: Joint, spec: AnalysisSpec) -> str:
    """Return why a likelihood has no maximum."""
    labels = {visit.code: visit.label for visit in spec.visits}
    arms = {arm.code: arm.label for arm in spec.arms}
    where = " and ".join(labels[visits[place]] for place in found.visits)
    whose = f" of {arms[joint.arms[found.group]]}" if joint.data.by_arm else ""
    return (
        f"the likelihood has no maximum: only {found.found} subjects{whose} lie inside the limits at "
        f"{where}, and one plane fits all values there ({found.needed} subjects would rule that out)"
    )
