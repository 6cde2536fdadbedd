"""The same bytes on one thread or two, in a process of their own."""

from unit.mmrm.test_determinism import _run

PROGRAM = """
import hashlib
import numpy as np
from trial.analysis.missing.ancova import Ancova
from trial.analysis.missing.draws import draw_bootstrap, draw_posterior
from trial.analysis.missing.fit import fit_panel
from trial.analysis.missing.impute import impute
from trial.analysis.missing.jackknife import run_jackknife
from trial.analysis.missing.panel import Panel, dropout_switch
from trial.analysis.missing.streams import open_stream, subject_noise
from trial.analysis.missing.tipping import Surface, arm_multipliers

rng = np.random.default_rng(0)
n, visits, p = 160, 4, 14
arm = np.arange(n) % 2
design = np.column_stack([np.ones(n), arm, rng.standard_normal((n, p - 2))])
response = rng.standard_normal((n, visits)) + rng.standard_normal((n, 1))
for j in range(1, visits):
    response[rng.random(n) < 0.05 * j, j:] = np.nan
response[rng.random(n) < 0.05, 1] = np.nan
panel = Panel(response, design, arm, dropout_switch(response), 2)
digest = hashlib.sha256()
contrast = np.eye(p)[1]
for by_arm in (False, True):
    fit = fit_panel(panel, by_arm)
    draws = draw_posterior(fit, 120, open_stream(1, "X", "parameters")).parameters
    noise = subject_noise(1, "X", [str(k) for k in range(n)], (120, visits))
    for strategy in ("MAR", "J2R", "CIR"):
        values = impute(panel, draws, strategy, noise)
        ancova = Ancova.of(design)
        for part in ancova.analyse(values[:, :, -1], contrast):
            digest.update(part.tobytes())
        moved = arm_multipliers(panel.missing[:, -1], panel.arm, (1, 0))
        digest.update(Surface.of(ancova, contrast, values[:, :, -1], moved).quadratic.tobytes())
digest.update(draw_bootstrap(fit_panel(panel, False), 20, open_stream(1, "X", "p")).parameters.sigma.tobytes())
digest.update(run_jackknife(panel, fit_panel(panel, False), "J2R").without_each.tobytes())
print(digest.hexdigest())
"""


def test_threads_do_not_matter():
    assert _run(PROGRAM, "1") == _run(PROGRAM, "2")
