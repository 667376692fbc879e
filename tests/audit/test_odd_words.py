"""Numbers of rows, reasons and what comes next read well in both languages, for one row and for many."""

from __future__ import annotations

import pytest

from apercu.audit._odd_words import MEND, told

EVIDENCE = {"n": 3.0, "share": 0.003, "q": 0.02, "rate": 0.05}


def test_found_rows_with_their_reasons():
    text = told(EVIDENCE, [(812, [("amount", 9.61, True), ("rate", -4.0, False)]), (7, [])])
    assert text["en"].startswith("3 rows are odd beside the others")
    assert "Row 812: amount is 9.61 deviations above its median; rate is 4 deviations below what its other columns let expect." in text["en"]
    assert "第 812 行：amount 比中位数高 9.61 个标准差" in text["zh"] and "Row 7" not in text["en"]


@pytest.mark.parametrize(
    ("n", "odd", "said"),
    [
        (1, 1, "1 row was confirmed as odd and 4 as usual. No other row"),
        (2, 1, "1 other row is unlike the bulk too"),
        (5, 2, "3 other rows are unlike the bulk too"),
    ],
)
def test_confirmed_rows(n, odd, said):
    text = told({**EVIDENCE, "n": n, "confirmed_odd": odd, "confirmed_usual": 4}, [], [9, 12])
    assert said in text["en"] and text["en"].endswith("The next to look at: rows 9, 12.") and text["zh"].endswith("接下来可查看：第 9、12 行。")
    assert set(MEND) == {"en", "zh"}
