"""Whether a run has the configuration and the analysis plan that its data lock recorded."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from trial.review.config import Lock

# The sections of the configuration that are the analysis plan.
PLAN = ("populations", "estimands", "analyses", "outputs")


def hash_plan(content: Mapping[str, Any]) -> str:
    """Return the SHA-256 of the analysis plan: the sections `PLAN` of a configuration as canonical JSON."""
    plan = {name: content.get(name) for name in PLAN}
    text = json.dumps(plan, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def compare_plan(lock: Lock, content: Mapping[str, Any], config_sha256: str) -> dict[str, Any]:
    """Return the hashes of a run's configuration and plan, and whether they are those of the lock.

    A configuration may change after the lock: a difference stops nothing and is said. Null is said where the
    lock recorded none.
    """
    plan_sha256 = hash_plan(content)
    return {
        "config_sha256": config_sha256,
        "plan_sha256": plan_sha256,
        "config_as_locked": lock.config_sha256 and lock.config_sha256 == config_sha256,
        "plan_as_locked": lock.plan_sha256 and lock.plan_sha256 == plan_sha256,
    }
