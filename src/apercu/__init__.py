"""apercu turns data into insight that can be checked, and insight into action.

    import apercu
    study = apercu.run("customers.csv", target="churned")
    print(study.findings[0].say("en"))
    study.save("churn.study")

The public names stand in `__all__`. They are loaded when they are first asked for, so `import apercu` costs nearly nothing.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .core.action import Action
    from .core.condition import Condition, Term
    from .core.dataset import Dataset
    from .core.engine import Engine
    from .core.errors import ApercuError
    from .core.finding import Finding
    from .core.goal import Goal
    from .core.model import Learner
    from .core.pattern import Pattern
    from .core.rule import Rule
    from .study import Options, Study, run, several

__all__ = [
    "Action",
    "ApercuError",
    "Condition",
    "Dataset",
    "Engine",
    "Finding",
    "Goal",
    "Learner",
    "Options",
    "Pattern",
    "Rule",
    "Study",
    "Term",
    "run",
    "several",
]

_HOMES = {
    "Action": "core.action",
    "ApercuError": "core.errors",
    "Condition": "core.condition",
    "Dataset": "core.dataset",
    "Engine": "core.engine",
    "Finding": "core.finding",
    "Goal": "core.goal",
    "Learner": "core.model",
    "Options": "study",
    "Pattern": "core.pattern",
    "Rule": "core.rule",
    "Study": "study",
    "Term": "core.condition",
    "run": "study",
    "several": "study",
}

try:
    __version__ = version("apercu")
except PackageNotFoundError:  # a checkout that was never installed
    __version__ = "0"


def __getattr__(name: str) -> Any:
    """The public name, loaded now (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module 'apercu' has no attribute {name!r}")
    value = getattr(import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
