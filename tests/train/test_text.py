"""TF-IDF equals scikit-learn's on the same terms, in both languages; terms that tell are chosen."""

from __future__ import annotations

import json

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from apercu.core.rows import Rows
from apercu.train._text import TERMS, Prose, tokens

ENGLISH = np.array(
    [f"The {'good' if i % 3 else 'bad'} coffee, served at table {i % 7}; very nice {'staff' if i % 2 else 'place'}" for i in range(60)], dtype=object
)
CHINESE = np.array([f"这家{'酒店' if i % 2 else '餐厅'}很{'好' if i % 3 else '差'}，第{i}次来" for i in range(60)], dtype=object)


def signal(n):
    upper = (np.arange(n) % 3 > 0).astype(float)
    return np.column_stack([1 - upper, upper])


@pytest.mark.parametrize(("texts", "form"), [(ENGLISH, "word"), (CHINESE, "character")])
def test_equals_the_peer(texts, form):
    rows = Rows.of({"x": texts})
    part = Prose.fit(rows, "x", signal(60))
    assert part.form == form and 0 < part.width <= TERMS
    peer = TfidfVectorizer(analyzer=lambda text: list(tokens(text, form)), vocabulary=list(part.terms), sublinear_tf=True)
    assert part.parts(rows) == pytest.approx(peer.fit_transform(texts).toarray())


def test_tokens():
    assert list(tokens("A good, Good day!", "word")) == ["good", "good", "day", "good good", "good day"]
    assert list(tokens("很 好", "character")) == ["很", "好", "很好"]


def test_the_terms_that_tell_come_first():
    rng = np.random.default_rng(1)
    fill = [" ".join(f"w{rng.integers(900)}" for _ in range(60)) for _ in range(400)]
    texts = [f"{t} {'refund' if i % 3 == 0 else ''}" for i, t in enumerate(fill)]
    part = Prose.fit(Rows.of({"x": texts}), "x", signal(400))
    assert "refund" in part.terms and part.width == TERMS


def test_missing_and_new_words_are_nought_and_json_keeps_all():
    part = Prose.fit(Rows.of({"x": ENGLISH}), "x", signal(60))
    again = Prose.from_json(json.loads(json.dumps(part.to_json())))
    assert again == part
    later = again.parts(Rows.of({"x": np.array([None, "zzz qqq", "good"], dtype=object)}))
    assert not later[:2].any() and np.linalg.norm(later[2]) == pytest.approx(1.0)
