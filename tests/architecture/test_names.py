"""Names, docstrings, languages, and what may not stand in the source at all."""

from __future__ import annotations

import ast
import re

DRAWERS = {"utils", "util", "helpers", "helper", "common", "misc", "internal"}
CLASS_WORDS = ("Manager", "Handler", "Helper", "Base", "Abstract", "Mixin")
UNSAFE_MODULES = {"pickle", "cloudpickle", "dill", "joblib", "shelve", "marshal"}
UNSAFE_CALLS = {"eval", "exec", "compile", "__import__"}
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")


def defined(tree):
    """(name, is it a function or class) of every name that a module defines at its top."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name, True
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                for name in ast.walk(target):
                    if isinstance(name, ast.Name):
                        yield name.id, False


def exported(tree):
    """The names in `__all__`, or None where there is none."""
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        if any(isinstance(t, ast.Name) and t.id == "__all__" for t in targets):
            return [ast.literal_eval(item) for item in node.value.elts]
    return None


def inherits_words(within, name, known):
    """Does a class of the same file, which this one inherits, say what the method does?"""
    parents = [known[b.id] for b in getattr(within, "bases", []) if isinstance(b, ast.Name) and b.id in known]
    told = any(getattr(m, "name", None) == name and ast.get_docstring(m) for parent in parents for m in parent.body)
    return told or any(inherits_words(parent, name, known) for parent in parents)


def test_no_drawers(root):
    folders = [root / "src" / "apercu", root / "tests", root / "benchmarks", root / "docs"]
    found = [str(p.relative_to(root)) for f in folders for p in f.rglob("*") if p.stem.strip("_").lower() in DRAWERS and "__pycache__" not in p.parts]
    assert not found, f"drawers: {found}; say what is in it instead"


def test_class_names_say_what_they_are(sources):
    found = [
        f"{s}:{node.lineno} {node.name}"
        for s in sources
        for node in ast.walk(s.tree)
        if isinstance(node, ast.ClassDef) and any(re.search(rf"{word}(?![a-z])", node.name) for word in CLASS_WORDS)
    ]
    assert not found, found


def test_all_equals_the_public_names(sources):
    broken = []
    for source in sources:
        names = dict(defined(source.tree))
        # constants and names of types may stay indoors; a function, a class or a plain value without an underscore may not
        public = {n for n, is_code in names.items() if not n.startswith("_") and (is_code or n[0].islower())}
        listed = exported(source.tree)
        if source.place == ("__init__",):
            continue  # lazy; see test_imports
        if listed is None:
            if public:
                broken.append(f"{source}: no __all__, but public names {sorted(public)}")
            continue
        imported = {name.split(".")[-1] for name, _ in source.imports()} if source.place[-1] == "__init__" else set()
        missing, absent = public - set(listed), set(listed) - set(names) - imported
        if missing or absent or len(listed) != len(set(listed)):
            broken.append(f"{source}: not listed {sorted(missing)}, not defined {sorted(absent)}")
    assert not broken, "\n".join(broken)


def test_public_things_have_docstrings(sources):
    bare = []
    for source in sources:
        if source.text.strip() and not ast.get_docstring(source.tree):
            bare.append(str(source))
        known = {node.name: node for node in source.tree.body if isinstance(node, ast.ClassDef)}
        stack = [(source.tree, "")]
        while stack:
            node, within = stack.pop()
            for child in node.body:
                if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) or child.name.startswith("_"):
                    continue
                if not ast.get_docstring(child) and not inherits_words(node, child.name, known):
                    bare.append(f"{source}:{child.lineno} {within}{child.name}")
                if isinstance(child, ast.ClassDef):
                    stack.append((child, f"{child.name}."))
    assert not bare, "without a docstring:\n" + "\n".join(bare)


def test_nothing_that_runs_when_opened(sources):
    found = []
    for source in sources:
        found += [f"{source}:{line} imports {name}" for name, line in source.imports() if name.split(".")[0] in UNSAFE_MODULES]
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in UNSAFE_CALLS:
                found.append(f"{source}:{node.lineno} calls {node.func.id}")
            if any(k.arg == "allow_pickle" and getattr(k.value, "value", None) is True for k in getattr(node, "keywords", [])):
                found.append(f"{source}:{node.lineno} allows pickle")
    assert not found, found


def test_no_bare_except(sources):
    bare = [f"{s}:{n.lineno}" for s in sources for n in ast.walk(s.tree) if isinstance(n, ast.ExceptHandler) and n.type is None]
    assert not bare, bare


def test_nothing_is_left_unfinished(sources):
    found = [f"{s}:{i}" for s in sources for i, line in enumerate(s.text.splitlines(), 1) if UNFINISHED.search(line)]
    assert not found, f"unfinished words: {found}"


def test_both_languages_or_none(sources):
    broken = []
    for source in sources:
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Dict):
                keys = {key.value for key in node.keys if isinstance(key, ast.Constant)}
                if len(keys & {"en", "zh"}) == 1:
                    broken.append(f"{source}:{node.lineno} has {sorted(keys & {'en', 'zh'})} only")
    assert not broken, broken


def test_phrases_have_the_same_names():
    from apercu.words import LANGUAGES

    assert len({tuple(sorted(module.__all__)) for module in LANGUAGES.values()}) == 1
