"""The page in a real browser: no sideways scrolling on a phone, both languages, no error in the console."""

from __future__ import annotations

import html
import re
import shutil
import subprocess

import pytest

import apercu
from apercu.demo import demo

BROWSER = next((found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None)
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="module")
def page() -> str:
    example = demo("churn")
    return apercu.run(example.columns, example.target, goal=example.goal).page()


def dumped(folder, text: str) -> str:
    """The document after its scripts ran, in a window of 1280 points."""
    (folder / "page.html").write_text(text, encoding="utf-8")
    words = (BROWSER, *FLAGS, f"--user-data-dir={folder / 'profile'}", "--window-size=1280,900", "--virtual-time-budget=4000", "--dump-dom")
    done = subprocess.run((*words, (folder / "page.html").as_uri()), capture_output=True, text=True, timeout=120, check=True)
    return done.stdout


@pytest.mark.slow
@pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed")
@pytest.mark.parametrize("width", [360, 768])
def test_nothing_scrolls_sideways(page, tmp_path, width):
    """The page stands in a frame of the phone's width, without its own policy, so that its measure can be read from outside."""
    plain = re.sub(r"<meta http-equiv=.Content-Security-Policy.[^>]*>", "", page)
    script = "f.onload=()=>{const d=f.contentDocument.documentElement;document.title='width '+d.scrollWidth}"
    outer = f'<title></title><iframe id=f width={width} height=800 style="border:0" srcdoc="{html.escape(plain)}"></iframe><script>{script}</script>'
    measured = re.search(r"<title>width (\d+)</title>", dumped(tmp_path, outer))
    assert measured and int(measured.group(1)) <= width


@pytest.mark.slow
@pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed")
def test_no_table_is_cut(page, tmp_path):
    """Every table of a small study is shown down to its last row."""
    plain = re.sub(r"<meta http-equiv=.Content-Security-Policy.[^>]*>", "", page)
    hidden = "[...f.contentDocument.querySelectorAll('.scroll')].map(e=>e.scrollHeight-e.clientHeight).join(' ')"
    script = f"f.onload=()=>{{document.title='hidden '+{hidden}}}"
    outer = f'<title></title><iframe id=f width=1240 height=800 style="border:0" srcdoc="{html.escape(plain)}"></iframe><script>{script}</script>'
    measured = re.search(r"<title>hidden ([\d ]+)</title>", dumped(tmp_path, outer))
    assert measured and set(measured.group(1).split()) == {"0"}


@pytest.mark.slow
@pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed")
def test_its_own_script_runs_under_its_own_policy(page, tmp_path):
    """The switch between languages is the page's only script; without it one language would stand for good."""
    document = dumped(tmp_path, page)
    assert "<button" in document and "中文" in document and "English" in document
    assert "http://" not in re.sub(r"http://www\.w3\.org/[^\s\"']*", "", document)
