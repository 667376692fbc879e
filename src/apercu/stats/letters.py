"""How near two words are: by a letter changed, added or left out (Levenshtein 1966).

>>> near("birminghxm", "birmingham"), near("C0012", "C0013"), near("cat", "dog")
(True, False, False)
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["near"]

LONGER: Final = 8  # letters from which two may differ
OTHER: Final = re.compile(r"\D")


def near(a: str, b: str) -> bool:
    """Whether two words differ by one letter, or by two from LONGER letters on, and not in their digits: another number is another thing."""
    most = 2 if min(len(a), len(b)) >= LONGER else 1
    if abs(len(a) - len(b)) > most or OTHER.sub("", a) != OTHER.sub("", b):
        return False
    before = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        row = [i]
        for j, y in enumerate(b, 1):
            row.append(min(before[j] + 1, row[-1] + 1, before[j - 1] + (x != y)))
        if min(row) > most:
            return False
        before = row
    return 0 < before[-1] <= most
