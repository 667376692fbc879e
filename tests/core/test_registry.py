"""Parts are found by their file; what is no part is passed over, what is half a part is refused."""

from __future__ import annotations

import importlib
import sys
from types import SimpleNamespace

import pytest

from apercu.core import registry
from apercu.core.registry import parts

NEEDS = ("name", "propose")
PART = "class {cls}:\n    name = {name!r}\n    def propose(self): ...\n"


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A function that makes a package of {file: text} and imports it."""
    monkeypatch.syspath_prepend(str(tmp_path))
    made = []

    def make(name: str, files: dict[str, str]):
        (tmp_path / name).mkdir()
        for file, text in {"__init__": "", **files}.items():
            (tmp_path / name / f"{file}.py").write_text(text)
        made.append(name)
        return importlib.import_module(name)

    yield make
    for module in [m for m in sys.modules if m.split(".")[0] in made]:
        del sys.modules[module]


def test_parts_are_found_in_the_order_of_names(package):
    found = parts(package("shop_a", {"trend": PART.format(cls="Trend", name="trend"), "driver": PART.format(cls="Driver", name="driver")}), NEEDS)
    assert {name: c.__name__ for name, c in found.items()} == {"driver": "Driver", "trend": "Trend"}
    assert list(found) == ["driver", "trend"]


def test_what_is_no_part_is_passed_over(package):
    files = {
        "_search": PART.format(cls="Hidden", name="_search"),
        "numbers": "def add(a, b):\n    return a + b\n",
        "records": "class Record:\n    name = 'records'\n",
        "borrowed": "from .trend import Trend\n",
        "trend": PART.format(cls="Trend", name="trend") + "class Notes:\n    pass\n",
    }
    assert list(parts(package("shop_b", files), NEEDS)) == ["trend"]


def test_two_parts_in_a_file_are_refused(package):
    shop = package("shop_c", {"trend": PART.format(cls="A", name="trend") + PART.format(cls="B", name="trend")})
    with pytest.raises(TypeError, match="must define one part, named 'trend'; got trend, trend"):
        parts(shop, NEEDS)


def test_a_part_under_another_name_is_refused(package):
    with pytest.raises(TypeError, match="named 'trend'; got drift"):
        parts(package("shop_d", {"trend": PART.format(cls="A", name="drift")}), NEEDS)


def test_outsiders_join_but_replace_nothing(package, monkeypatch):
    shop = package("shop_e", {"trend": PART.format(cls="Trend", name="trend")})

    class Foreign:
        name, propose = "foreign", None

    points = [SimpleNamespace(name="foreign", load=lambda: Foreign), SimpleNamespace(name="trend", load=lambda: Foreign)]
    monkeypatch.setattr(registry, "entry_points", lambda group: points)
    found = parts(shop, NEEDS, "apercu.patterns")
    assert found["foreign"] is Foreign
    assert found["trend"].__name__ == "Trend"


def test_an_outsiders_half_part_is_refused(package, monkeypatch):
    shop = package("shop_f", {})
    half = type("Half", (), {"name": "half"})
    monkeypatch.setattr(registry, "entry_points", lambda group: [SimpleNamespace(name="half", load=lambda: half)])
    with pytest.raises(TypeError, match=r"'half' of group apercu\.patterns must have name, propose; it lacks propose"):
        parts(shop, NEEDS, "apercu.patterns")
