"""Pictures that move, and whether they may be mirrored."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.train import _augment
from apercu.train._augment import Augment, augmented, mirrors, mixed

torch = pytest.importorskip("torch")


def chance(seed=1):
    return torch.Generator().manual_seed(seed)


def images(n=64):
    made = torch.zeros(n, 2, 16, 16)
    made[:, 0, 6:10, 6:10] = 1.0
    made[:, 1, :, 3:5] = 1.0
    return made


def test_nothing_asked_changes_nothing():
    assert augmented(torch, images(), Augment(), chance()) is not None
    assert torch.equal(augmented(torch, images(), Augment(), chance()), images())


@pytest.mark.parametrize("how", [Augment(turn=30), Augment(zoom=0.3), Augment(move=0.2), Augment(slant=0.3), Augment(light=0.4)])
def test_each_change_changes_and_repeats(how):
    first = augmented(torch, images(), how, chance())
    assert first.shape == images().shape and (first - images()).abs().mean() > 0.01
    assert torch.equal(first, augmented(torch, images(), how, chance()))
    assert not torch.equal(first[0], first[1])


def test_moves_by_no_more_than_is_said():
    moved = augmented(torch, images(200), Augment(move=0.125), chance())
    columns = torch.arange(16.0)
    middle = (moved[:, 0].sum(1) * columns).sum(1) / moved[:, 0].sum((1, 2))
    assert (middle - 7.5).abs().max() <= 2.01 and (middle - 7.5).abs().max() > 1.5


def test_mirrors_half_of_them_exactly():
    moved = augmented(torch, images(200), Augment(mirror=True), chance())
    same = torch.tensor([torch.allclose(m, i, atol=1e-5) for m, i in zip(moved, images(200), strict=True)])
    turned = torch.tensor([torch.allclose(m, i.flip(2), atol=1e-5) for m, i in zip(moved, images(200), strict=True)])
    assert bool((same ^ turned).all()) and 60 < int(turned.sum()) < 140


def test_mixes_with_a_partner():
    x = torch.arange(8.0).reshape(8, 1, 1, 1)
    made, partner, share = mixed(torch, x, 0.4, chance())
    assert 0.5 <= share <= 1.0 and sorted(partner.tolist()) == list(range(8))
    assert torch.allclose(made, share * x + (1 - share) * x[partner])


def pictures(kind, n=120):
    """Arrows that all point right, arrows of which the class says where they point, or blots without a side."""
    rng = np.random.default_rng(1)
    made, classes = rng.integers(0, 60, (n, 20, 20, 1)).astype(np.uint8), np.arange(n) % 2
    if kind != "blots":
        made[:, 5:15, 12:18] += 150
        if kind == "told":
            made[classes == 1] = made[classes == 1][:, :, ::-1]
    else:
        for i in range(n):
            left = int(rng.integers(0, 14))
            made[i, 5:15, left : left + 6] += 150
    return made, classes


@pytest.mark.parametrize(("kind", "may"), [("right", False), ("told", False), ("blots", True)])
def test_mirrors_only_what_has_no_side(kind, may):
    assert mirrors(*pictures(kind)) is may


def test_few_pictures_do_not_say():
    made, classes = pictures("blots", 20)
    assert not mirrors(made, np.arange(20)) and not mirrors(made[:0], classes[:0])


def test_shrinking_is_the_mean_of_boxes():
    made = np.arange(24 * 36, dtype=np.float64).reshape(1, 24, 36, 1)
    small = _augment._shrunk(made)
    assert small.shape == (1, 12, 12) and small[0, 0, 0] == pytest.approx(made[0, :2, :3, 0].mean())
    assert _augment._shrunk(np.ones((2, 5, 7, 3))).shape == (2, 5, 7)
