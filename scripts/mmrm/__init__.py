"""Mixed models for repeated measures: unstructured REML, Kenward-Roger, sandwich covariances, LS means."""

from mmrm.ancova import AncovaFit
from mmrm.core import Fitted, fit_arrays
from mmrm.data import MmrmData
from mmrm.errors import ConvergenceError, DataError, MmrmError, RankError, RequestError, StructureError
from mmrm.ladder import Ladder, fit_ladder
from mmrm.model import MMRM
from mmrm.optimize import Verdict
from mmrm.results import MmrmFit

__version__ = "0.1.0"

__all__ = [
    "MMRM",
    "AncovaFit",
    "ConvergenceError",
    "DataError",
    "Fitted",
    "Ladder",
    "MmrmData",
    "MmrmError",
    "MmrmFit",
    "RankError",
    "RequestError",
    "StructureError",
    "Verdict",
    "fit_arrays",
    "fit_ladder",
]
