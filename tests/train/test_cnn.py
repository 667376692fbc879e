"""The learner of pictures: learns, sums, comes back without torch, joins other columns, survives what cannot be read."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from apercu.core.errors import InputError, UnknownName, UnusableTarget, WordsError
from apercu.core.model import Model, members_of
from apercu.core.rows import Rows
from apercu.train._convnet import RECIPES
from apercu.train._loop import Plan
from apercu.train.cnn import Cnn, fit_images

from . import families

pytest.importorskip("torch")
pytest.importorskip("onnxruntime")

GOALS = families.GOALS
RECIPE = replace(RECIPES["quick"], plan=Plan(epochs=12, batch=32, rate=0.01))


def squares(n, seed=1, levels=3):
    """(pictures (n, 12, 12, 1) with one bright row, which row it is of `levels`)."""
    rng = np.random.default_rng(seed)
    images, level = rng.integers(0, 90, (n, 12, 12, 1)).astype(np.uint8), rng.integers(0, levels, n)
    for image, at in zip(images, level, strict=True):
        image[2 + 3 * at : 4 + 3 * at] += 140
    return images, level


def filed(image):
    high, wide, channels = image.shape
    return f"P7\nWIDTH {wide}\nHEIGHT {high}\nDEPTH {channels}\nMAXVAL 255\nENDHDR\n".encode() + image.tobytes()


def rows(task, n=240, seed=1, *, table=True):
    """Pictures of which every tenth is missing, a number and levels; the target follows the picture and the number."""
    images, level = squares(n, seed)
    rng = np.random.default_rng(seed + 100)
    x = rng.normal(size=n) if table else np.zeros(n)
    z = level - 1.0 + x
    y = {"binary": np.where(z > 0, "yes", "no"), "multiclass": np.array(["a", "b", "c"])[np.digitize(z, [-0.7, 0.7])], "numeric": z}[task]
    cells = [None if i % 10 == 9 else b"broken" if i % 30 == 3 else filed(image) for i, image in enumerate(images)]
    columns = {"photo": cells, "y": y if task == "numeric" else y.astype(object)}
    if table:
        columns |= {"x": x, "plan": rng.choice(np.array(["p", "q", None], dtype=object), n)}
    return Rows.of(columns)


@pytest.fixture(scope="module", params=["binary", "multiclass", "numeric"])
def fitted(request):
    given = rows(request.param)
    return request.param, Cnn(RECIPE).fit(given.take(np.arange(200)), GOALS[request.param], given.take(np.arange(200, 240)))


def test_learns_from_picture_and_table(fitted):
    task, model = fitted
    later = rows(task, seed=2)
    told, truth = model.predict(later), GOALS[task].coded(later)
    assert isinstance(model, Model)
    good = np.corrcoef(told, truth)[0, 1] if task == "numeric" else (told.argmax(axis=1) == truth).mean()
    assert good > 0.7


def test_contributions_sum_and_name_what_matters(fitted):
    task, model = fitted
    later = rows(task, n=40, seed=3)
    assert families.sums(model, later, task) < 1e-6
    parts = np.abs(model.contributions(later)[0]).mean(axis=(0, 2))
    photo, x, plan = (parts[model.columns.index(name)] for name in ("photo", "x", "plan"))
    assert min(photo, x) > 2 * plan


def test_comes_back_equal_without_torch(fitted, monkeypatch):
    task, model = fitted
    later = rows(task, n=30, seed=4)
    from apercu.train import _extra

    found = _extra.find_spec
    monkeypatch.setattr(_extra, "find_spec", lambda package: None if package == "torch" else found(package))
    again = families.returned(Cnn, model)
    assert np.array_equal(again.predict(later), model.predict(later))
    assert np.array_equal(again.contributions(later)[0], model.contributions(later)[0])


def test_strange_rows_are_borne(fitted):
    task, model = fitted
    strange = Rows.of({"photo": [b"junk", filed(np.zeros((3, 50, 3), np.uint8))], "x": [np.nan, 1e9], "plan": np.array(["new", None], dtype=object)})
    assert np.isfinite(model.predict(strange)).all()
    assert len(model.predict(rows(task).take(np.arange(0)))) == 0
    order = np.random.default_rng(0).permutation(40)
    some = rows(task, n=40, seed=5)
    assert np.allclose(model.predict(some.take(order)), model.predict(some)[order], atol=1e-6)


def test_pictures_alone_give_all_to_the_picture():
    given, goal = rows("binary", table=False), GOALS["binary"]
    model = Cnn(RECIPE).fit(given, goal, given.take(np.arange(0)))
    assert families.sums(model, given, "binary") < 1e-6 and model.columns == ("photo",)
    again = Cnn(RECIPE).fit(given, goal, given.take(np.arange(0)))
    assert np.array_equal(again.predict(given), model.predict(given))


def test_two_columns_of_pictures_of_other_sizes():
    given = rows("binary", n=160)
    small = [filed(np.full((6, 6, 3), 40 + 20 * (i % 2), np.uint8)) for i in range(160)]
    both = Rows.of({"second": small, "photo": given.packed("photo"), "y": given["y"]})
    model = Cnn(RECIPE).fit(both, GOALS["binary"], both.take(np.arange(0)))
    assert families.sums(model, both, "binary") < 1e-6
    assert np.array_equal(families.returned(Cnn, model).predict(both), model.predict(both))


def test_is_a_member_where_there_are_pictures():
    assert [m.name for m in members_of(Cnn, GOALS["binary"], rows("binary"))] == ["cnn"]
    assert members_of(Cnn, GOALS["binary"], families.made("binary")) == ()


def test_no_picture_that_can_be_read_is_said():
    given = Rows.of({"photo": [b"a", b"b", None], "y": np.array(["no", "yes", "no"], dtype=object)})
    with pytest.raises(InputError, match="'photo' can be read"):
        Cnn().fit(given, GOALS["binary"], given.take(np.arange(0)))


def test_one_class_in_a_fold_is_borne():
    given = rows("binary", n=20)
    given = given.plus({"y": given.take(np.zeros(20, dtype=int)).coded("y")})
    told = Cnn(RECIPE).fit(given, GOALS["binary"], given.take(np.arange(0))).predict(given)
    assert np.isfinite(told).all()


# ---------------------------------------------------------------- arrays


def test_arrays_learn_and_missing_pictures_get_the_prior():
    images, level = squares(300)
    names = np.array(["low", "middle", "high"])[level]
    net = fit_images(images, names, RECIPE)
    later, truth = squares(200, seed=2)
    told = net.predict(later)
    assert net.classes == ("high", "low", "middle") and np.allclose(told.sum(axis=1), 1.0)
    assert (np.array(net.classes)[told.argmax(axis=1)] == np.array(["low", "middle", "high"])[truth]).mean() > 0.95
    assert net.features(later).shape[0] == 200 and len(net.journal.lost) == 12
    larger = np.repeat(np.repeat(later, 2, axis=1), 2, axis=2)
    assert np.abs(net.predict(larger) - told).max() < 0.2
    blank = net.head.asked(np.eye(net.head.arrays["weight_0"].shape[1])[-1:])
    shares = np.exp(blank[0]) / np.exp(blank[0]).sum()
    assert np.allclose(shares, [np.mean(names == name) for name in net.classes], atol=0.01)


def test_arrays_of_numbers_and_recipes_of_another_size():
    images, level = squares(120)
    net = fit_images(images[..., 0], level.astype(float), replace(RECIPE, side=16))
    assert net.classes == () and np.corrcoef(net.predict(images), level)[0, 1] > 0.8 and net.tower.frame.height == 16


def test_arrays_go_on_from_a_checkpoint(tmp_path):
    images, level = squares(96)
    plan = {"epochs": 3, "checkpoint": tmp_path / "run.npz"}
    first = fit_images(images, level, RECIPE, plan=plan)
    assert (tmp_path / "run.npz").exists()
    assert np.array_equal(fit_images(images, level, RECIPE, plan=plan).predict(images), first.predict(images))


def test_balance_raises_the_rare_class():
    images, level = squares(200, levels=2)
    rare = np.where((level == 1) & (np.arange(200) % 8 == 0), 1, 0)  # a class that the picture tells only in part
    plain, even = (fit_images(images, rare, RECIPE, balance=b, plan={"epochs": 3}).predict(images)[:, 1].mean() for b in (0.0, 1.0))
    assert even > 1.5 * plain


def test_bad_arrays_are_said():
    images, level = squares(20)
    for wrong, labels in ((images.astype(float), level), (images[:, 0, 0], level), (images, level[:5]), (images[:0], level[:0])):
        with pytest.raises(WordsError, match="uint8"):
            fit_images(wrong, labels)
    with pytest.raises(UnusableTarget, match="two classes"):
        fit_images(images, np.zeros(20, dtype=int))
    with pytest.raises(UnknownName, match="recipe"):
        fit_images(images, level, "resnet")
    with pytest.raises(WordsError, match="passes"):
        fit_images(images, level, plan={"passes": 3})


def test_what_is_kept_is_json(fitted, tmp_path):
    _, model = fitted
    card = json.loads(json.dumps(model.save(tmp_path), allow_nan=False))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["cnn.npz", "cnn_0.onnx"] and card["pictures"]["photo"]["height"] == 12


# ---------------------------------------------------------------- going on from an earlier net


def slanted(n, seed, classes):
    """(pictures (n, 16, 16, 1) of a noisy wave, which of six slants of it each has, of those named)."""
    rng = np.random.default_rng(seed)
    level = rng.choice(classes, n)
    y, x = np.mgrid[:16, :16]
    angle = np.pi * level / 6
    wave = np.sin(0.9 * (np.cos(angle)[:, None, None] * x + np.sin(angle)[:, None, None] * y) + rng.uniform(0, 6, n)[:, None, None])
    return np.clip(128 + 35 * wave + rng.normal(0, 80, wave.shape), 0, 255).astype(np.uint8)[..., None], level


@pytest.fixture(scope="module")
def earlier():
    """A net that tells four of the slants apart."""
    images, level = slanted(800, 1, (0, 1, 3, 4))
    given = Rows.of({"photo": [filed(image) for image in images], "y": np.array(list("abcd"), dtype=object)[np.searchsorted((0, 1, 3, 4), level)]})
    goal = replace(GOALS["multiclass"], classes=("a", "b", "c", "d"))
    return Cnn(replace(RECIPE, plan=Plan(epochs=5, batch=32, rate=0.01))).fit(given, goal, given.take(np.arange(0)))


def test_a_related_question_is_learned_from_few_pictures(earlier):
    goal, found = GOALS["binary"], {"new": [], "started": []}
    for seed in (11, 12):
        parts = []
        for n, at in ((16, seed), (200, seed + 50)):
            images, level = slanted(n, at, (2, 5))
            parts.append(Rows.of({"photo": [filed(image) for image in images], "y": np.array(["no", "yes"], dtype=object)[(level == 5) * 1]}))
        for name, learner in (("new", Cnn(RECIPE)), ("started", Cnn.started(earlier))):
            learner.recipe = RECIPE
            told = learner.fit(parts[0], goal, parts[0].take(np.arange(0))).predict(parts[1])
            found[name].append((told.argmax(axis=1) == goal.coded(parts[1])).mean())
    assert np.mean(found["started"]) > np.mean(found["new"]) + 0.05, found


def test_the_same_question_goes_on_from_the_earlier_head(earlier):
    images, level = slanted(60, 3, (0, 1, 3, 4))
    given = Rows.of({"photo": [filed(image) for image in images], "y": np.array(list("abcd"), dtype=object)[np.searchsorted((0, 1, 3, 4), level)]})
    goal = replace(GOALS["multiclass"], classes=("a", "b", "c", "d"))
    learner = Cnn.started(earlier)
    learner.recipe = replace(RECIPE, plan=Plan(epochs=1, rate=1e-9, cycle=False))
    again = learner.fit(given, goal, given.take(np.arange(0)))
    assert np.abs(again.predict(given) - earlier.predict(given)).max() < 1e-3  # nothing was learned, and nothing was lost
    assert families.sums(again, given, "multiclass") < 1e-6 and np.array_equal(families.returned(Cnn, again).predict(given), again.predict(given))


def test_arrays_start_from_a_tower_or_from_weights(earlier):
    images, level = slanted(40, 4, (2, 5))
    still = {"epochs": 1, "rate": 1e-12, "cycle": False, "quick": False}
    net = fit_images(images, level, RECIPE, start=earlier.towers[0], plan=still)
    assert np.allclose(net.features(images), earlier.towers[0].features(images), rtol=1e-3, atol=1e-3)
    with pytest.raises(WordsError, match="another net"):
        fit_images(images, level, RECIPE, start={"0.middle": np.zeros((1, 1, 1))})
    with pytest.raises(WordsError, match="not written by"):
        fit_images(images, level, RECIPE, start=replace(earlier.towers[0], content=b"\x08\x08"))
