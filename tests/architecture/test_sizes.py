"""Sizes: nothing here is long. What breaks a limit is printed with its size, beside the medians."""

from __future__ import annotations

import ast
from statistics import median

FILE, FUNCTION, METHODS, PARAMETERS, COLUMNS = 600, 80, 15, 7, 150
FILE_P90, FUNCTION_P90 = 400, 30


def functions(source):
    return [node for node in ast.walk(source.tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def length(node):
    return node.end_lineno - node.lineno + 1


def parameters(node):
    named = [a.arg for a in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
    return len([name for name in named if name not in ("self", "cls")])


def p90(values):
    return sorted(values)[int(0.9 * (len(values) - 1))]


def test_files(sources):
    sizes = {str(s): len(s.text.splitlines()) for s in sources if s.text}
    long = {name: n for name, n in sizes.items() if n > FILE}
    summary = f"median {median(sizes.values()):.0f}, p90 {p90(sizes.values())}"
    assert not long, f"files over {FILE} lines: {long} ({summary})"
    assert p90(sizes.values()) <= FILE_P90, summary


def test_functions(sources):
    sizes = {f"{s}:{f.lineno} {f.name}": length(f) for s in sources for f in functions(s)}
    long = {name: n for name, n in sizes.items() if n > FUNCTION}
    summary = f"median {median(sizes.values()):.0f}, p90 {p90(sizes.values())}"
    assert not long, f"functions over {FUNCTION} lines: {long} ({summary})"
    assert p90(sizes.values()) <= FUNCTION_P90, summary


def test_parameters(sources):
    public = [(s, f) for s in sources for f in functions(s) if not f.name.startswith("_")]
    wide = {f"{s}:{f.lineno} {f.name}": n for s, f in public if (n := parameters(f)) > PARAMETERS}
    assert not wide, f"public functions of more than {PARAMETERS} parameters: {wide}"


def test_no_open_keywords_in_public_functions(sources):
    excused = {
        ("core", "schema"): "the fields of a record, which checks them itself",
        ("core", "goal"): "the fields of a record, which checks them itself",
        ("cli", "tell"): "the fields of a sentence",
        ("deploy", "captions"): "the fields of a sentence",
    }
    found, needed = [], set()
    for source in sources:
        methods = [n for c in source.tree.body if isinstance(c, ast.ClassDef) for n in c.body]
        for f in (*source.tree.body, *methods):
            if isinstance(f, ast.FunctionDef) and f.args.kwarg and not f.name.startswith("_"):
                needed.add(source.place)
                found += [f"{source}:{f.lineno} {f.name}"] if source.place not in excused else []
    assert not found, f"**keywords in public functions: {found}"
    assert set(excused) <= needed, f"excuses that are no longer needed: {sorted(set(excused) - needed)}"


def test_classes(sources):
    big = {}
    for source in sources:
        for node in ast.walk(source.tree):
            if isinstance(node, ast.ClassDef):
                methods = [n for n in node.body if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef) and not n.name.startswith("_")]
                if len(methods) > METHODS:
                    big[f"{source}:{node.lineno} {node.name}"] = len(methods)
    assert not big, f"classes of more than {METHODS} public methods: {big}"


def test_lines(sources):
    wide = [f"{s}:{i}" for s in sources for i, line in enumerate(s.text.splitlines(), 1) if len(line) > COLUMNS]
    assert not wide, f"lines over {COLUMNS} characters: {wide}"
