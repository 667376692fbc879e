"""Forecasts of the M3 months and the M4 hours beside statsforecast (seasonal naive, Theta, and for hours MSTL), in one run.

PYTHONPATH=<folder with statsforecast> python benchmarks/series.py [months] [hours]
"""

from __future__ import annotations

import csv
import gzip
import importlib.util
import resource
import sys
from collections.abc import Callable

import numpy as np
from _shared import data
from python_calamine import CalamineWorkbook

from apercu.core.rows import Rows
from apercu.train.series import forecast

BARS = {
    "months": "bar: sMAPE <= 13.35, MASE <= .830, <= 40 CPU s, coverage .90 +- .03; M3's winner THETA 13.892 / .858",
    "hours": "bar: below every peer",
}


def months() -> tuple[list[np.ndarray], np.ndarray, np.ndarray, int, int]:
    """(histories, their moments end to end, what came (s, h), horizon, season)."""
    sheet = CalamineWorkbook.from_path(str(data("timeseries/m3_xls/M3C.xls"))).get_sheet_by_name("M3Month").to_python()[1:]
    whole = [np.array(row[6 : 6 + int(row[1])], dtype=float) for row in sheet]
    first = [np.datetime64(f"{int(row[4]) or 1980:04d}-{int(row[5]) or 1:02d}") for row in sheet]
    when = np.concatenate([a + np.arange(len(y) - 18) for a, y in zip(first, whole, strict=True)]).astype("datetime64[us]")
    return [y[:-18] for y in whole], when, np.stack([y[-18:] for y in whole]), 18, 12


def hours() -> tuple[list[np.ndarray], np.ndarray, np.ndarray, int, int]:
    """As `months`."""
    parts = []
    for name in ("train", "test"):
        with gzip.open(data(f"timeseries/m4_hourly/Hourly-{name}.csv.gz"), "rt") as file:
            parts.append([np.array([float(x) for x in row[1:] if x]) for row in list(csv.reader(file))[1:]])
    when = np.concatenate([np.datetime64("2015-07-01T12") + np.arange(len(y)) for y in parts[0]]).astype("datetime64[us]")
    return parts[0], when, np.stack(parts[1]), 48, 24


def seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def row(name: str, made: np.ndarray, truth: np.ndarray, scale: np.ndarray, cpu: float, covered: str = "") -> None:
    off = np.abs(made - truth)
    smape = 200 * np.mean(off / (np.abs(made) + np.abs(truth)))
    print(f"{name:<34}{smape:>8.3f}{np.mean((off.mean(1) / scale)[scale > 0]):>8.4f}{cpu:>8.1f}{covered:>10}", flush=True)


def peers(season: int, horizon: int) -> dict[str, Callable[[np.ndarray], np.ndarray]]:
    if importlib.util.find_spec("statsforecast") is None:
        return {}
    from statsforecast import models

    made = {"DynamicOptimizedTheta": models.DynamicOptimizedTheta(season_length=season), "SeasonalNaive": models.SeasonalNaive(season_length=season)}
    if season == 24:
        made["MSTL 24, 168"] = models.MSTL(season_length=[24, 168], trend_forecaster=models.AutoETS(model="ZZN"))
    return {name: lambda y, model=model: model.forecast(y, horizon)["mean"] for name, model in made.items()}


for wanted, read in (("months", months), ("hours", hours)):
    if sys.argv[1:] and wanted not in sys.argv[1:]:
        continue
    past, when, truth, h, m = read()
    scale = np.array([np.mean(np.abs(y[m:] - y[:-m])) for y in past])
    print(f"{wanted}: {len(past):,} series, {BARS[wanted]}\n{'':<34}{'sMAPE':>8}{'MASE':>8}{'cpu s':>8}{'inside':>10}")
    for name, model in peers(m, h).items():
        start = seconds()
        row(f"statsforecast {name}", np.stack([model(y) for y in past]), truth, scale, seconds() - start)
    key = np.repeat([f"{i:05d}" for i in range(len(past))], [len(y) for y in past])
    start = seconds()
    told = forecast(Rows.of({"key": key, "when": when, "value": np.concatenate(past)}), "value", "when", by="key", horizon=h)
    spent = seconds() - start
    mean, low, high = (np.array([getattr(path, side) for path in told.series]) for side in ("mean", "low", "high"))
    row("apercu", mean, truth, scale, spent, f"{np.mean((truth >= low) & (truth <= high)):.1%}")
    print(f"    {told.how()}\n")
