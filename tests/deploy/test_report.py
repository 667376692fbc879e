"""The page: one file, nothing from outside, no string of a user becomes markup, both languages, small and quick."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace

import pytest

import apercu.deploy
from apercu.core.errors import UnknownName, WordsError
from apercu.core.score import Score
from apercu.deploy import report

from .record import EVIL, SQLISH, WIDE, Record, bare, record

VOID = {"meta", "input", "br", "img", "link", "hr", "source", "base"}


class Reader(HTMLParser):
    """The elements of a page, checked for balance; ids and what points to them."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open, self.tags, self.ids, self.links, self.attributes = [], [], [], [], []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        told = dict(attrs)
        self.ids += [told["id"]] if "id" in told else []
        self.links += [told[k].lstrip("#") for k in ("aria-labelledby", "for", "data-of") if told.get(k)]
        self.links += [told["href"][1:]] if told.get("href", "").startswith("#") else []
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.fixture(scope="module")
def whole() -> Record:
    return record()


@pytest.fixture(scope="module")
def html(whole: Record) -> str:
    return report.page(whole)


def test_no_string_of_a_user_becomes_markup(whole: Record, html: str) -> None:
    read = Reader(html)
    assert read.open == []
    assert read.tags.count("script") == 1
    assert "img" not in read.tags
    assert not [name for _, name, _ in read.attributes if name.startswith("on")]
    assert EVIL in "".join(read.words)
    assert SQLISH in "".join(read.words)
    assert WIDE in "".join(read.words)


def test_hostile_strings_everywhere(whole: Record) -> None:
    bad = EVIL + "\"'`{{ 7*7 }}{% raw %}<!--]]>" + "\ud800"
    text = {"en": bad, "zh": bad}
    parts = {
        "findings": tuple(replace(f, text=text, sql=bad) for f in whole.findings),
        "notes": tuple(replace(n, what=text, column=bad, step=bad) for n in whole.notes),
        "faults": tuple(replace(f, text=text, mend=text, kind=bad, evidence={bad: 1.0}) for f in whole.faults),
        "actions": tuple(replace(a, text=text, what=text, unit=bad) for a in whole.actions),
        "scores": (Score(bad, bad, 0.5, 0.4, 0.6, 9),),
    }
    hostile = replace(whole, source=bad, versions={bad: bad}, **parts)
    page = report.page(hostile)
    read = Reader(page)
    assert read.open == []
    assert (read.tags.count("script"), read.tags.count("img")) == (1, 0)
    assert "7*7" in page
    assert not [w for w in read.words if "onerror" in w and "7*7" not in w and "49" in w]


def test_nothing_is_loaded_from_outside(html: str) -> None:
    read = Reader(html)
    assert not {"link", "iframe", "object", "embed", "base"} & set(read.tags)
    assert all(value.startswith("#") for _, name, value in read.attributes if name in ("src", "href", "xlink:href", "action"))
    assert "@import" not in html
    assert set(re.findall(r"url\((.)", html)) <= {"#"}
    assert not re.search(r"https?://", re.sub(r"<pre>.*?</pre>", "", html, flags=re.DOTALL))


def test_the_policy_allows_the_one_script_by_its_hash(html: str) -> None:
    script = re.search(r"<script>(.*?)</script>", html, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = unescape(re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', html)[1])
    assert f"script-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'")


def test_every_finding_is_told_with_its_proof(whole: Record, html: str) -> None:
    words = "".join(Reader(html).words)
    for f in whole.findings:
        assert f.say("en") in words
        assert f.say("zh") in words
        assert f.sql in words
        assert f"n = {f.evidence.n:,}" in words
    assert "measured on rows the search never saw" in words
    assert html.count("<svg ") >= len(whole.findings) + 6


def test_both_languages_stand_on_it_and_switch_without_script(whole: Record, html: str) -> None:
    assert re.search(r'id="lang-en"[^>]*checked', html)
    assert not re.search(r'id="lang-zh"[^>]*checked', html)
    assert "#lang-en:checked ~ * .zh, #lang-zh:checked ~ * .en { display: none; }" in html
    chinese = report.page(whole, lang="zh")
    assert '<html lang="zh">' in chinese
    assert re.search(r'id="lang-zh"[^>]*checked', chinese)
    assert html.count('class="en"') == html.count('class="zh"') > 100


def test_every_figure_and_link_leads_somewhere(html: str) -> None:
    read = Reader(html)
    assert len(read.ids) == len(set(read.ids))
    assert set(read.links) <= set(read.ids)
    figures = [value for tag, name, value in read.attributes if tag == "figure" and name == "aria-labelledby"]
    assert len(figures) == html.count("<figure")
    assert next(t for t in read.tags if re.fullmatch("h[1-6]", t)) == "h1"


def test_nothing_found_is_a_result(whole: Record) -> None:
    silent = report.page(replace(record(held=0), findings=()))
    assert "Nothing outlived the proof: 15 of 40 proposed claims were tested and none held" in silent
    assert "没有论断通过证明" in silent
    assert "What to do" not in silent


def test_a_study_without_target_has_a_page(whole: Record) -> None:
    page = report.page(bare(whole))
    assert "What stands out in customers.csv" in page
    assert "No claim" not in page
    assert Reader(page).open == []


def test_it_is_small(whole: Record) -> None:
    many = replace(whole, findings=tuple(replace(whole.findings[i % 8], rank=i + 1) for i in range(15)))
    assert len(report.page(many).encode()) < 1_500_000


def test_it_is_the_same_every_time(whole: Record, html: str) -> None:
    assert report.page(whole) == html


def test_it_is_written_whole(whole: Record, tmp_path: Path) -> None:
    page = apercu.deploy.page(whole, tmp_path / "churn.html", "zh", shown=2)
    assert (tmp_path / "churn.html").read_text(encoding="utf-8") == page
    assert [p.name for p in tmp_path.iterdir()] == ["churn.html"]
    assert "6 more findings stand in study.json" in page
    with pytest.raises(WordsError, match="cannot be written"):
        report.page(whole, tmp_path / "no" / "churn.html")
    with pytest.raises(UnknownName, match="language 'fr'"):
        report.page(whole, lang="fr")


@pytest.mark.parametrize("options", [SimpleNamespace(deploy=apercu.deploy.Options(shown=3)), {"deploy": {"shown": 3}}])
def test_the_options_say_how_many_findings_are_shown(whole: Record, options: object) -> None:
    assert "5 more findings stand in study.json" in report.page(replace(whole, options=options))


def test_a_password_does_not_reach_the_page(whole: Record) -> None:
    page = report.page(replace(whole, source="postgresql://ann:s3cret@db/sales"))
    assert "s3cret" not in page
    assert "postgresql://db/sales" in page


def test_a_notebook_shows_the_first_five(whole: Record) -> None:
    short = report.repr_html(whole)
    assert short.count("<li") == 5
    assert "<img" not in short
    assert Reader(short).open == []
    assert "Nothing outlived the proof" in report.repr_html(replace(whole, findings=()))


def test_no_table_that_is_read_as_a_whole_stands_in_a_box_of_its_own_height(whole: Record) -> None:
    style = (Path(apercu.deploy.__file__).parent / "page.css").read_text(encoding="utf-8")
    screen, printed = style.split("@media print")
    assert re.findall(r"([^{}\n]+)\{[^{}]*max-height: \d", screen) == [".scroll.long "] and "max-height" in printed
    short = report.page(whole)
    assert '<div class="scroll"' in short and "scroll long" not in short
    note = whole.notes[0]
    assert report.page(replace(whole, notes=(note,) * 31)).count('class="scroll long"') == 1
