"""Progress reaches whoever listens, and nobody else."""

from __future__ import annotations

import threading

import pytest

from apercu.core.progress import listening, report, steps


def test_nobody_listening_costs_nothing():
    report("train", 1, 2)
    assert list(steps("train", [1, 2])) == [1, 2]


def test_steps_report_after_each_item():
    heard = []
    with listening(lambda *said: heard.append(said)):
        for item in steps("fold", "ab"):
            heard.append(item)
    assert heard == [("fold", 0, 2), "a", ("fold", 1, 2), "b", ("fold", 2, 2)]
    report("later", 1, 1)
    assert len(heard) == 5


def test_the_innermost_listener_hears_and_the_outer_returns():
    outer, inner = [], []
    with listening(lambda *said: outer.append(said)):
        with listening(lambda *said: inner.append(said)):
            report("in", 1, 1)
        report("out", 1, 1)
    assert (inner, outer) == ([("in", 1, 1)], [("out", 1, 1)])


def test_a_listener_is_gone_after_an_error():
    heard = []
    with pytest.raises(RuntimeError, match="stop"), listening(lambda *said: heard.append(said)):
        raise RuntimeError("stop")
    report("x", 1, 1)
    assert heard == []


def test_threads_do_not_mix():
    heard = []
    with listening(lambda *said: heard.append(said)):
        thread = threading.Thread(target=report, args=("other", 1, 1))
        thread.start()
        thread.join()
    assert heard == []
