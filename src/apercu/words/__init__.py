"""Words: plain values into English and Chinese. Imports nothing of the house.

`numbers` writes numbers, shares and intervals; `english` and `chinese` hold the small sentences that every room needs, under the same
names, so that a phrase in one without the other fails a test. `phrases(lang)` gives the module of a language.
"""

from __future__ import annotations

from types import ModuleType

from . import chinese, english

__all__ = ["LANGUAGES", "phrases"]

LANGUAGES: dict[str, ModuleType] = {"en": english, "zh": chinese}


def phrases(lang: str) -> ModuleType:
    """The phrases of a language, 'en' or 'zh'. Raises KeyError for any other."""
    return LANGUAGES[lang]
