"""`apercu advise`: actions, lists, plans, budgets, what-if and segments, each in a call; words that are off are refused in a line."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest

from .test_commands import call


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """A study of a mailing by lot that works on plan 'b', and of when and for how much customers bought."""
    rng = np.random.default_rng(0)
    n = 3_000
    plan, age = rng.choice(["a", "b"], n), rng.normal(50, 10, n).round(1)
    mail = rng.choice(["no mail", "sent"], n)
    bought = rng.random(n) < 0.15 + 0.1 * (age > 55) + 0.2 * ((plan == "b") & (mail == "sent"))
    day = np.datetime64("2024-01-01") + rng.integers(0, 300, n)
    who = rng.integers(0, 150, n)
    lines = ["who,day,plan,age,mail,paid,bought"]
    lines += [
        f"c{w},{d},{p},{a},{m},{x:.2f},{'yes' if b else 'no'}"
        for w, d, p, a, m, x, b in zip(who, day, plan, age, mail, rng.gamma(2, 9, n), bought, strict=True)
    ]
    folder = tmp_path_factory.mktemp("shop")
    (folder / "shop.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    words = ("--target", "bought", "--value", "20", "--cost", "1", "--role", "mail=treatment", "--role", "who=ignored", "--role", "day=feature")
    assert call("run", folder / "shop.csv", *words, "--learners", "linear", "--out", folder / "shop.study") == 0
    return folder / "shop.study"


def test_actions_are_told_in_both_languages(shop, capsys):
    assert call("advise", shop) == 0
    assert "“sent” against “no mail” changes the share of bought “yes”" in " ".join(capsys.readouterr().out.split())
    assert call("advise", shop, "--lang", "zh") == 0
    assert "相比" in capsys.readouterr().out


def test_a_list_is_written_as_csv_json_and_sql(shop, tmp_path, capsys):
    for ending in ("csv", "json", "sql"):
        assert call("advise", shop, "--list", "1", "--out", tmp_path / f"who.{ending}") == 0
    with (tmp_path / "who.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert 100 < len(rows) == len(json.loads((tmp_path / "who.json").read_text(encoding="utf-8")))
    assert "row" in rows[0] and (tmp_path / "who.sql").read_text(encoding="utf-8").startswith("SELECT * FROM data WHERE ")
    assert call("advise", shop, shop.parent / "shop.csv", "--list", "1", "--out", "-") == 0
    assert capsys.readouterr().out.splitlines()[-1].count(",") >= 1


def test_the_plan_is_one_page(shop, tmp_path):
    assert call("advise", shop, "--plan", tmp_path / "plan.md", "--lang", "zh") == 0
    assert "# 计划：bought" in (tmp_path / "plan.md").read_text(encoding="utf-8")


def test_a_budget_is_kept(shop, tmp_path, capsys):
    assert call("advise", shop, "--budget", "100", "--price", "sent=0.5", "--out", tmp_path / "who.csv") == 0
    assert "“sent” to 200 cases" in " ".join(capsys.readouterr().out.split())
    with (tmp_path / "who.csv").open(encoding="utf-8") as file:
        assert len(list(csv.DictReader(file))) == 200


def test_what_would_have_to_change(shop, capsys):
    assert call("advise", shop, "--actionable", "plan", "--actionable", "mail", "--row", "7", "--to", "0.99") == 0
    assert "No change within what the table has seen" in capsys.readouterr().out


def test_segments_of_customers(shop, tmp_path, capsys):
    assert call("advise", shop, "--rfm", "who", "--rfm", "day", "--rfm", "paid", "--out", tmp_path / "who.csv") == 0
    assert "Champions" in capsys.readouterr().out and "c1," in (tmp_path / "who.csv").read_text(encoding="utf-8")


def test_groups_of_rows_or_their_absence(shop, capsys):
    assert call("advise", shop, "--profiles") == 0
    out = capsys.readouterr().out
    assert "Group 1:" in out or "do not fall into groups" in out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--list", "99"), "there is no action 99"),
        (("--list", "1", "--out", "who.xlsx"), ".sql"),
        (("--rfm", "who"), "three columns"),
        (("--budget", "10", "--price", "sent=much"), "--price"),
        (("--actionable", "plann"), "did you mean 'plan'"),
        (("--actionable", "plan", "--row", "999999"), "no row"),
    ],
)
def test_words_that_are_off_are_refused(shop, capsys, words, says):
    assert call("advise", shop, *words) == 2
    heard = capsys.readouterr()
    assert says in heard.err and len(heard.err.strip().splitlines()) <= 2


def test_later_rows_are_held_against_the_plan(shop, tmp_path, capsys):
    assert call("monitor", shop, shop.parent / "shop.csv") == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "as planned" in told and "holding" in told
    assert call("monitor", shop, shop.parent / "shop.csv", "--lang", "zh", "--out", tmp_path / "check.json") == 0
    tree = json.loads((tmp_path / "check.json").read_text(encoding="utf-8"))
    assert tree["rows"] == 3_000 and tree["actions"][0]["text"]["zh"] and tree["drift"] == []
    (tmp_path / "other.csv").write_text("a,b\n1,2\n3,4\n", encoding="utf-8")
    assert call("monitor", shop, tmp_path / "other.csv") == 2
    assert "none of the study's columns" in capsys.readouterr().err
