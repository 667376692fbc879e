"""A small table of prose, a number and levels, in English and Chinese; the target follows the words and the number."""

from __future__ import annotations

import numpy as np

from apercu.core.goal import Goal
from apercu.core.rows import Rows

__all__ = ["GOALS", "made"]

GOALS = {
    "binary": Goal("y", "binary", ("no", "yes"), "yes"),
    "multiclass": Goal("y", "multiclass", ("a", "b", "c"), "a"),
    "numeric": Goal("y", "numeric"),
}
WORDS = {
    "en": (("lovely", "great", "kind"), ("awful", "broken", "late"), "the parcel number {i} was {w} and the box {v} today"),
    "zh": (("很好", "满意", "干净"), ("很差", "退款", "太脏"), "第{i}次订这个房间，觉得{w}，服务{v}，下次再说"),
}


def made(task, n=400, seed=1, language="en"):
    """Rows with prose (some of it missing or empty), a number, levels and the target."""
    rng = np.random.default_rng(seed)
    good, bad, frame = WORDS[language]
    x, mood, other = rng.normal(size=n), rng.random(n) < 0.5, rng.random(n) < 0.5
    note = [
        frame.format(i=rng.integers(0, 50), w=rng.choice(good if m else bad), v=rng.choice(good if o else bad))
        for m, o in zip(mood, other, strict=True)
    ]
    gone = rng.random(n)
    note = [None if g < 0.03 else "" if g < 0.05 else t for g, t in zip(gone, note, strict=True)]
    z = 2.0 * (mood + 0.5 * other - 0.75) + x + 0.3 * rng.normal(size=n)
    y = {
        "binary": np.where(z > 0, "yes", "no").astype(object),
        "multiclass": np.array(["a", "b", "c"], dtype=object)[np.digitize(z, [-0.7, 0.9])],
        "numeric": 10 * z,
    }[task]
    return Rows.of({"note": np.array(note, dtype=object), "x": x, "plan": rng.choice(np.array(["p", "q"], dtype=object), n), "y": y})
