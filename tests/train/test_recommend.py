"""A Recommender of planted tastes finds them, is honest about time, explains its scores exactly, survives odd input, and opens as it was saved."""

from __future__ import annotations

import json

import numpy as np
import pytest

from apercu.core.errors import EmptyTable, UnknownName, UnusableStudy, WordsError
from apercu.core.rows import Rows
from apercu.train import recommend
from apercu.train._blend import standard


def tastes(people=90, items=60, each=9, seed=0, groups=3):
    """Events of people with one of three tastes: nine in ten items are of the own taste; a time in seconds."""
    drawn = np.random.default_rng(seed)
    events = []
    for person in range(people):
        own = drawn.permutation(np.arange(person % groups, items, groups))
        chosen = [int(i) if drawn.random() < 0.9 else int(drawn.integers(items)) for i in own[:each]]
        start = drawn.integers(0, 1_000)
        events += [(f"p{person:03d}", f"i{i:03d}", float(start + 10 * step)) for step, i in enumerate(dict.fromkeys(chosen))]
    who, what, when = zip(*events, strict=True)
    return {"who": list(who), "what": list(what), "when": list(when)}


@pytest.fixture(scope="module")
def made():
    return recommend.fit(tastes(), "who", "what", time="when")


def test_planted_tastes_are_found(made):
    right = [int(r.item[1:]) % 3 == person % 3 for person in range(12) for r in made.recommend(f"p{person:03d}", 3)]
    assert np.mean(right) > 0.85
    assert all(int(r.item[1:]) % 3 == 1 for r in made.similar("i001", 3))
    found = {(s.model, s.metric): s for s in made.scores}
    ours, popular = found["recommender", "ndcg@10"], found["popular", "ndcg@10"]
    assert ours.value > popular.value + 0.1 and ours.low <= ours.value <= ours.high
    gain = found["recommender − popular", "ndcg@10 difference"]
    assert gain.low > 0 and gain.value == pytest.approx(ours.value - popular.value)


def test_nothing_taken_before_is_offered_again(made):
    data = tastes()
    own = {i for p, i in zip(data["who"], data["what"], strict=True) if p == "p004"}
    assert not own & {r.item for r in made.recommend("p004", 60)}
    assert len(made.recommend("p004", 500)) == 60 - len(own)


def test_reasons_are_exact(made):
    view, profile = made._view(made.taken.people.index("p004"), None)
    barred = view.weights.toarray() > 0
    total, parts = made._blended(view, profile, barred, made.plan.weights)
    for item in (1, 7, 22):
        score = 0.0
        for member, weight, part in parts:
            scores = member.scores(view, profile)
            mean = standard(scores, barred)[1][0, 0]
            spoken = member.spoken(view, item)
            if spoken.any():
                assert spoken.sum() == pytest.approx(scores[0, item], abs=1e-9)
                score += weight * (spoken.sum() - mean)
            else:
                score += part[item]
        assert score == pytest.approx(total[item])
    for offered in made.recommend("p004", 5):
        assert 0 < sum(b.share for b in offered.reasons) <= 1 + 1e-9
        assert {b.name for b in offered.reasons if b.kind == "item"} <= {made.taken.items[i] for i in view.weights.indices}


def test_later_choices_teach_nothing():
    data = tastes()
    first = recommend.fit(data, "who", "what", time="when")
    order = np.argsort(data["when"], kind="stable")
    back = {name: [values[i] for i in order[::-1]] for name, values in data.items()}
    again = recommend.fit(back, "who", "what", time="when")
    assert [s.value for s in again.scores] == pytest.approx([s.value for s in first.scores])
    assert [r.item for r in again.recommend("p001")] == [r.item for r in first.recommend("p001")]


def test_noise_is_no_taste():
    drawn = np.random.default_rng(3)
    data = {"who": drawn.integers(0, 150, 2_000).astype(float), "what": drawn.integers(0, 80, 2_000).astype(float), "when": np.arange(2_000.0)}
    found = {(s.model, s.metric): s for s in recommend.fit(data, "who", "what", time="when").scores}
    gain = found["recommender − popular", "ndcg@10 difference"]
    assert gain.low < 0.01


def test_people_who_are_not_known_get_what_many_take(made):
    offered = made.recommend("nobody", 3)
    assert {r.note for r in offered} == {"unknown"} and all(b.kind == "popular" for r in offered for b in r.reasons)
    assert "not known" in offered[0].say() and "未知" in offered[0].say("zh")
    assert [r.item for r in made.recommend(None, 3)] == [r.item for r in offered]
    assert {r.note for r in made.recommend(history=[], k=2)} == {"new"}


def test_a_history_may_be_handed_in(made):
    offered = made.recommend(history=["i000", "i003", "i006"], k=4)
    assert all(int(r.item[1:]) % 3 == 0 for r in offered)
    with pytest.raises(UnknownName, match="did you mean 'i003'"):
        made.recommend(history=["i0003"])


def test_saved_and_opened(made, tmp_path):
    folder = made.save(tmp_path / "kept")
    again = recommend.load(folder)
    for person in ("p000", "p017", "nobody"):
        assert again.recommend(person) == made.recommend(person)
    assert again.scores == made.scores and again.similar("i004") == made.similar("i004")
    with pytest.raises(WordsError, match="there already"):
        made.save(folder)
    assert made.save(folder, overwrite=True) == folder and [p.name for p in tmp_path.iterdir()] == ["kept"]
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    with pytest.raises(WordsError, match="no recommender"):
        made.save(tmp_path / "mine", overwrite=True)


def test_damaged_folders_are_refused(made, tmp_path):
    with pytest.raises(UnusableStudy, match="no recommender"):
        recommend.load(tmp_path)
    folder = made.save(tmp_path / "kept")
    tree = json.loads((folder / "recommender.json").read_text())
    (folder / "recommender.json").write_text(json.dumps({**tree, "version": 99}))
    with pytest.raises(UnusableStudy, match="newer"):
        recommend.load(folder)
    (folder / "recommender.json").write_text(json.dumps(tree))
    (folder / "recommender.npz").write_bytes(b"PK\x03\x04 cut")
    with pytest.raises(UnusableStudy):
        recommend.load(folder)


def test_columns_of_items_and_people_serve_the_new():
    data = tastes(people=90)
    items = {"what": [f"i{i:03d}" for i in range(63)], "kind": [f"kind {i % 3}|any" for i in range(63)], "price": [float(i) for i in range(63)]}
    users = {"who": [f"p{i:03d}" for i in range(93)], "club": [f"club {i % 3}" for i in range(93)]}
    made = recommend.fit(data, "who", "what", time="when", items=items, users=users)
    assert {"content", "alike"} <= set(made.plan.members)
    new = made.recommend("p091", 4)  # took nothing, but is of club 1
    assert new[0].note == "new" and all(int(r.item[1:]) % 3 == 1 for r in new) and any(b.kind == "alike" for b in new[0].reasons)
    assert "i061" in {r.item for r in made.similar("i001", 63)}


def test_what_is_taken_again_may_be_offered_again():
    drawn = np.random.default_rng(0)
    events = [(f"p{p}", f"i{(p % 4) * 3 + int(drawn.integers(3))}", float(10 * t + p % 7)) for p in range(120) for t in range(12)]
    who, what, when = zip(*events, strict=True)
    made = recommend.fit({"who": list(who), "what": list(what), "when": list(when)}, "who", "what", time="when")
    assert made.taken.repeats and "habit" in made.plan.members
    assert {r.item for r in made.recommend("p1", 3)} == {"i3", "i4", "i5"}


def test_ratings_say_what_was_liked():
    data = tastes(people=90)
    rating = [5.0 if int(i[1:]) % 2 else 1.0 for i in data["what"]]
    made = recommend.fit({**data, "stars": rating}, "who", "what", rating="stars", time="when")
    assert made.taken.rated and made.taken.liked.mean() == pytest.approx(np.mean(np.array(rating) > 3))
    counted = recommend.fit({**data, "n": [float(1 + k % 40) for k in range(len(rating))]}, "who", "what", rating="n")
    assert not counted.taken.rated and counted.how == "chance"


def test_small_and_odd_tables():
    tiny = recommend.fit({"a": ["x", "y", "x", None], "b": ["1", "1", "2", "2"]}, "a", "b")
    assert tiny.scores == () or len(tiny.scores)
    assert [r.item for r in tiny.recommend("y")] == ["2"] and tiny.recommend("x") == []
    for bad in ({"a": ["x", "x"], "b": ["1", "2"]}, {"a": ["x", "y"], "b": ["1", "1"]}, {"a": [], "b": []}):
        with pytest.raises(EmptyTable, match="at least 2 people and 2 items"):
            recommend.fit(bad, "a", "b")
    with pytest.raises(UnknownName, match="did you mean 'who'"):
        recommend.fit(tastes(), "whoo", "what")
    with pytest.raises(WordsError, match="must hold numbers"):
        recommend.fit({**tastes(), "stars": ["good"] * len(tastes()["who"])}, "who", "what", rating="stars")
    with pytest.raises(EmptyTable, match="positive"):
        recommend.fit({"a": ["x", "y"], "b": ["1", "2"], "n": [-1000.0, -1000.5]}, "a", "b", rating="n")


@pytest.mark.parametrize("k", [0, -1, 2.5, True, "3"])
def test_k_is_a_whole_number(made, k):
    with pytest.raises(WordsError, match="whole number"):
        made.recommend("p001", k)


def test_rows_and_numbers_as_names():
    data = tastes()
    rows = Rows.of(
        {"who": [float(p[1:]) for p in data["who"]], "what": data["what"], "when": np.array([int(t) for t in data["when"]], dtype="datetime64[s]")}
    )
    made = recommend.fit(rows, "who", "what", time="when")
    assert [r.note for r in made.recommend(4, 1)] == [""] and made.recommend(4.0, 3) == made.recommend("4", 3)
