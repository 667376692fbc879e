"""`apercu forecast`, `recommend` and `survive`: what is printed in both languages, what is written, and what is said when words are off."""

from __future__ import annotations

import csv
import json
import re

import numpy as np
import pytest

from .test_commands import call


@pytest.fixture(scope="module")
def shops(tmp_path_factory):
    """Sales of two shops by day."""
    rng = np.random.default_rng(0)
    days = np.datetime64("2024-01-01") + np.arange(150)
    lines = ["day,shop,sold"]
    for shop, size in (("north", 40), ("south", 25)):
        lines += [f"{day},{shop},{rng.poisson(size * (1.5 if i % 7 > 4 else 1.0))}" for i, day in enumerate(days)]
    path = tmp_path_factory.mktemp("shops") / "sales.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_forecast_says_what_is_expected_and_writes_every_step(shops, tmp_path, capsys):
    assert call("forecast", shops, "--target", "sold", "--by", "shop", "--horizon", "7", "--out", tmp_path / "next.csv") == 0
    out = capsys.readouterr().out
    assert "The sum of sold over the next 7 days is expected to be" in out and "sMAPE" in out and "(14 rows)" in out
    with (tmp_path / "next.csv").open(encoding="utf-8") as file:
        steps = list(csv.DictReader(file))
    assert len(steps) == 14 and list(steps[0]) == ["shop", "time", "forecast", "low", "high"] and steps[0]["time"].startswith("2024-05-30")
    assert all(float(s["low"]) <= float(s["forecast"]) <= float(s["high"]) for s in steps)
    mean = {shop: np.mean([float(s["forecast"]) for s in steps if s["shop"] == shop]) for shop in ("north", "south")}
    assert 35 < mean["north"] < 60 and 20 < mean["south"] < 40


def test_forecast_in_chinese_and_as_json(shops, tmp_path, capsys):
    assert call("forecast", shops, "--target", "sold", "--horizon", "3", "--lang", "zh", "--out", tmp_path / "next.json") == 0
    assert "预计为" in capsys.readouterr().out
    tree = json.loads((tmp_path / "next.json").read_text(encoding="utf-8"))
    assert tree["horizon"] == 3 and set(tree["text"]) == {"en", "zh"} and len(tree["total"]["mean"]) == 3


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        ((), 2, "a forecast needs a number and a clock"),
        (("--target", "solt"), 2, "did you mean 'sold'"),
        (("--target", "sold", "--out", "next.xlsx"), 2, ".csv or .json"),
        (("--target", "sold", "--horizon", "0"), 2, "--horizon"),
    ],
)
def test_forecast_refuses_in_a_line(shops, capsys, words, code, says):
    assert call("forecast", shops, *words) == code
    heard = capsys.readouterr()
    assert says in heard.err and len(heard.err.strip().splitlines()) <= 2 and not heard.out


@pytest.fixture(scope="module")
def orders(tmp_path_factory):
    """Readers who keep to their shelf."""
    rng = np.random.default_rng(7)
    shelves = {
        "fiction": ["Dune", "Emma", "Kim", "Walden", "Ulysses", "Beloved"],
        "cooking": ["Bread", "Soups", "Cakes", "Grains", "Salads", "Curries"],
    }
    lines = ["reader,book,day"]
    for n in range(100):
        books = rng.permutation(shelves["fiction" if n % 2 else "cooking"])[:4]
        lines += [f"r{n},{book},{np.datetime64('2024-01-01') + 10 * step + n % 7}" for step, book in enumerate(books)]
    path = tmp_path_factory.mktemp("orders") / "orders.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_recommend_gives_reasons_and_scores(orders, capsys):
    assert call("recommend", orders, "--user", "reader", "--item", "book", "--whom", "r1", "--k", "2") == 0
    out = capsys.readouterr().out
    told = [line for line in out.splitlines() if line.strip().startswith("- “")]
    own = {line.split(",")[1] for line in orders.read_text(encoding="utf-8").splitlines() if line.startswith("r1,")}
    offered = [line.split("“")[1].split("”")[0] for line in told]
    assert len(offered) == 2 and not set(offered) & own and set(offered) | own == {"Dune", "Emma", "Kim", "Walden", "Ulysses", "Beloved"}
    assert "ndcg@10" in out and "popular" in out


def test_what_goes_to_standard_output_stands_there_alone(shops, orders, leavers, tmp_path, capsys):
    asked = {
        "item": ("recommend", orders, "--user", "reader", "--item", "book", "--whom", "r1", "--k", "2"),
        "time": ("forecast", shops, "--target", "sold", "--horizon", "2"),
        "row": ("survive", leavers, "--event", "left", "--duration", "months"),
    }
    for first, words in asked.items():
        assert call(*words, "--out", "-") == 0
        rows = list(csv.DictReader(capsys.readouterr().out.splitlines()))
        assert len(rows) >= 2 and next(iter(rows[0])) == first
    assert call(*asked["item"], "--out", tmp_path / "two.json") == 0
    assert [set(one["text"]) for one in json.loads((tmp_path / "two.json").read_text(encoding="utf-8"))] == [{"en", "zh"}] * 2


def test_recommend_what_goes_with_an_item_in_chinese(orders, capsys):
    assert call("recommend", orders, "--user", "reader", "--item", "book", "--like", "Bread", "--k", "3", "--lang", "zh") == 0
    out = capsys.readouterr().out
    assert "模型得分" in out and any(book in out.split("模型得分")[0] for book in ("Soups", "Cakes", "Grains", "Salads", "Curries"))


def test_recommend_refuses_in_a_line(orders, capsys):
    assert call("recommend", orders, "--user", "reader") == 2
    assert "--user and --item" in capsys.readouterr().err
    assert call("recommend", orders, "--user", "readr", "--item", "book") == 2
    assert "did you mean 'reader'" in capsys.readouterr().err


@pytest.fixture(scope="module")
def leavers(tmp_path_factory):
    """Customers who leave at a rate by their plan."""
    rng = np.random.default_rng(3)
    plan = rng.choice(["monthly", "yearly"], 400)
    until, seen = rng.exponential(np.where(plan == "monthly", 10.0, 50.0)), rng.uniform(1.0, 60.0, 400)
    rows = zip(plan, rng.integers(18, 80, 400), np.minimum(until, seen).round(2), np.where(until <= seen, "yes", "no"), strict=True)
    path = tmp_path_factory.mktemp("leavers") / "customers.csv"
    path.write_text("plan,age,months,left\n" + "\n".join(",".join(map(str, row)) for row in rows) + "\n", encoding="utf-8")
    return path


def test_survive_tells_the_curve_the_risks_and_the_columns(leavers, tmp_path, capsys):
    words = ("survive", leavers, "--event", "left", "--duration", "months", "--horizon", "12", "--k", "4")
    assert call(*words, "--out", tmp_path / "risks.csv") == 0
    out = capsys.readouterr().out
    assert "Half of all have it by months" in out and "concordance" in out and "█" in out
    assert "Thirds by predicted risk, after 12" in out and "Most at risk in the next 12" in out
    told = next(line for line in out.splitlines() if line.strip().startswith("plan"))
    assert re.search(r"plan +0\.\d{3} \[0\.\d{3}, 0\.\d{3}\] +monthly \(\d+ rows\) +[\d.]+% \[[\d.]+%, [\d.]+%\] +yearly", told)
    assert "(400 rows, 95% intervals)" in out and re.search(r"Brier score [\d.]+ \([\d.]+ to [\d.]+\), [\d.]+ \([\d.]+ to [\d.]+\) less than", out)
    with (tmp_path / "risks.csv").open(encoding="utf-8") as file:
        risks = list(csv.DictReader(file))
    lines = leavers.read_text(encoding="utf-8").splitlines()
    assert len(risks) == sum(line.endswith(",no") for line in lines) and all(lines[int(risk["row"])].endswith(",no") for risk in risks)
    chances = [float(risk["chance"]) for risk in risks if risk["chance"]]
    assert chances == sorted(chances, reverse=True) and all(0 <= c <= 1 for c in chances)


def test_survive_in_chinese_and_as_json(leavers, tmp_path, capsys):
    assert (
        call("survive", leavers, "--event", "left", "--duration", "months", "--lang", "zh", "--columns", "plan", "--out", tmp_path / "all.json") == 0
    )
    assert "按预测风险分为三组" in capsys.readouterr().out
    tree = json.loads((tmp_path / "all.json").read_text(encoding="utf-8"))
    assert tree["event"] == "left" and [t["column"] for t in tree["tellers"]] == ["plan"] and "一致性指数" in tree["how"]["zh"]


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("--event", "left"), 2, "--duration"),
        (("--duration", "months"), 2, "whether it has happened"),
        (("--event", "left", "--duration", "month"), 2, "did you mean 'months'"),
        (("--event", "left", "--duration", "plan"), 3, "must be a column of numbers"),
        (("--event", "left", "--duration", "months", "--happened", "gone"), 3, "is none of them"),
        (("--event", "left", "--duration", "months", "--out", "a.png"), 2, ".csv or .json"),
    ],
)
def test_survive_refuses_in_a_line(leavers, capsys, words, code, says):
    assert call("survive", leavers, *words) == code
    heard = capsys.readouterr()
    assert says in heard.err and len(heard.err.strip().splitlines()) <= 2 and not heard.out
