"""Every source file has a test file in the same folder under the same name; so has every part, since a part is a file."""

from __future__ import annotations

import ast


def test_every_source_file_has_a_test(sources, root):
    missing = []
    for source in sources:
        *folder, name = source.place
        where = root.joinpath("tests", *folder)
        if not source.text.strip() or name == "__main__" or only_promises(source.tree):
            continue  # an empty door; the two lines of `python -m apercu`, run by tests/cli; a Protocol
        if name == "__init__":
            if not list(where.glob("test_*.py")):
                missing.append(f"{source}: nothing in {where.relative_to(root)}")
        elif not (where / f"test_{name.strip('_')}.py").exists() and not (name.startswith("_") and named(where, ".".join(source.place))):
            missing.append(f"{source}: no {where.relative_to(root)}/test_{name.strip('_')}.py")
    assert not missing, "source files without a test:\n" + "\n".join(missing)


def only_promises(tree):
    """Does a module hold no code but Protocols and records without methods of their own?"""
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)]
    return all(isinstance(f.body[-1], ast.Expr) and isinstance(f.body[-1].value, ast.Constant) for f in functions)


def named(folder, place):
    """Does a test of the folder import a file that serves the folder only?"""
    module = f"apercu.{place}"
    parent, _, name = module.rpartition(".")
    return any(module in text or f"from {parent} import {name}" in text for text in (p.read_text(encoding="utf-8") for p in folder.glob("test_*.py")))
