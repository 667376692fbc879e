"""ARIMA of each series, where the package statsforecast is there: orders by corrected AIC, stepwise (Hyndman & Khandakar 2008).

    arima(panel, tasks, cut=12, log=True)      # (k, horizon) from each of k moments

One model for a series, fitted on what is known `cut` steps before its end, then led on from each asked moment with its coefficients as they
are, so that nothing learned is younger than the oldest moment that it is judged at. What it does *not* do: seasons longer than SEASON steps,
known columns, or intervals; those come from the backtest.
"""

from __future__ import annotations

import warnings
from importlib import import_module
from typing import Final

import numpy as np

from ._extra import brought
from ._lags import Moments
from ._panel import Panel

__all__ = ["arima", "is_light"]

SEASON: Final = 24  # longest season that is fitted
LAST: Final = 400  # values of a series that are looked at
LEAST: Final = 12  # values below which nothing is fitted
SERIES: Final = 5  # that are fitted unasked: one takes about a second, and there are three fits of each
QUICK: Final = 12  # and with seasons no longer than so


def is_light(panel: Panel) -> bool:
    """Whether a panel is so small that it need not be asked for."""
    return panel.count <= SERIES and (panel.seasons[0] if panel.seasons else 1) <= QUICK


def arima(panel: Panel, tasks: Moments, cut: int, *, log: bool) -> np.ndarray:
    """(k, horizon) forecasts of the tasks; NaN where a series is too short. Raises WordsError without the package."""
    brought("statsforecast")
    series, known = tasks.series, tasks.known
    made = np.full((len(series), panel.horizon), np.nan)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of searches that end early: the backtest judges what they found
        for i in np.unique(series):
            y = np.log(panel.of(i)) if log else panel.of(i)
            where = np.flatnonzero((series == i) & (known >= LEAST))
            made[where] = _led(panel, y[: max(len(y) - cut, 0)], [y[: known[k]] for k in where])
    return np.exp(np.clip(made, -700.0, 700.0)) if log else made


def _led(panel: Panel, past: np.ndarray, each: list[np.ndarray]) -> np.ndarray:
    """(len(each), horizon) forecasts from the end of each history, by the model of `past`; NaN where there is too little of it."""
    made = np.full((len(each), panel.horizon), np.nan)
    if len(past) < LEAST or not each or float(np.ptp(past)) <= 1e-9 * float(np.abs(past).max()):
        return made
    season = panel.seasons[0] if panel.seasons else 1
    model = import_module("statsforecast.models").AutoARIMA(season_length=season if season <= SEASON else 1, approximation=True)
    try:
        model.fit(past[-LAST:])
        return np.stack([model.forward(y[-LAST:], panel.horizon)["mean"] for y in each])
    except (ValueError, ArithmeticError, np.linalg.LinAlgError):  # no order could be fitted
        return made
