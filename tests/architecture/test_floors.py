"""Imports run down and never sideways; a third-party library has one home."""

from __future__ import annotations

import ast

VERBS = ("collect", "clean", "derive", "train", "teach", "evaluate", "explain", "audit", "reason", "discover", "advise", "deploy")
FLOORS = {
    **dict.fromkeys(("__init__", "__main__", "cli", "testing"), 5),
    **dict.fromkeys(("study", "questions", "predictor", "replay", "demo"), 4),
    **dict.fromkeys((*VERBS, "engine"), 3),
    "core": 2,
    **dict.fromkeys(("stats", "words"), 1),
}
SAME_FLOOR = {
    ("__main__", "cli"),
    ("demo", "study"),
    ("study", "predictor"),
    ("predictor", "replay"),
    ("study", "questions"),
    ("questions", "replay"),
}
# the door of `python -m apercu`; a demo is a study of an example; a study holds its predictor and answers questions
HOMES = {
    "duckdb": ("engine/", "collect/"),
    "torch": ("train/", "explain/maps"),
    "sklearn": ("train/", "demo"),  # demo: the real tables that scikit-learn ships
    "lightgbm": ("train/",),
    "tabicl": ("train/",),
    "statsforecast": ("train/",),
    "xgboost": ("train/",),
    "catboost": ("train/",),
    "fastapi": ("deploy/",),
    "starlette": ("deploy/",),
    "uvicorn": ("deploy/",),
    "orjson": ("deploy/",),
    "vl_convert": ("deploy/",),
    "jinja2": ("deploy/",),
    "onnx": ("deploy/",),
    "onnxruntime": ("deploy/",),
    "numba": ("stats/",),
    "typer": ("cli/",),
    "click": ("cli/",),
    "rich": ("cli/",),
    "python_calamine": ("collect/",),
    "charset_normalizer": ("collect/",),
    "pyoxigraph": ("collect/",),
    "psycopg": ("collect/", "engine/"),
    "pandas": ("collect/", "demo"),
    "polars": ("collect/",),
    "pyarrow": ("collect/", "engine/"),
}


def room(name: str) -> str:
    """The room of an absolute dotted name inside the house."""
    parts = name.split(".")
    return parts[1] if len(parts) > 1 and parts[1] in FLOORS else "__init__"


def test_every_room_stands_on_a_floor(sources):
    strange = sorted({s.place[0] for s in sources} - set(FLOORS))
    assert not strange, f"rooms without a floor: {strange}; the floors are in DESIGN and in this test"


def test_imports_run_down_and_never_sideways(sources):
    broken = []
    for source in sources:
        here = source.place[0]
        for name, line in source.imports():
            if name.split(".")[0] != "apercu" or room(name) == here or (here, room(name)) in SAME_FLOOR:
                continue
            if FLOORS[room(name)] >= FLOORS[here] or (FLOORS[here] == 1):
                broken.append(f"{source}:{line} imports {name}")
    assert not broken, "imports that run up or sideways:\n" + "\n".join(broken)


def test_the_house_is_imported_relatively(sources):
    absolute = [
        f"{source}:{node.lineno}"
        for source in sources
        for node in ast.walk(source.tree)
        if (isinstance(node, ast.Import) and any(a.name.split(".")[0] == "apercu" for a in node.names))
        or (isinstance(node, ast.ImportFrom) and node.level == 0 and (node.module or "").split(".")[0] == "apercu")
    ]
    assert not absolute, f"absolute imports of the house: {absolute}"


def test_third_parties_live_in_one_home(sources):
    broken = []
    for source in sources:
        place = "/".join(source.place)
        for name, line in source.imports():
            homes = HOMES.get(name.split(".")[0])
            if homes and not any(place.startswith(home) if home.endswith("/") else place == home for home in homes):
                broken.append(f"{source}:{line} imports {name}, whose home is {' and '.join(homes)}")
    assert not broken, "\n".join(broken)
