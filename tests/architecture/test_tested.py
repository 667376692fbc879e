"""Every source file has a test file, in the same folder under the same name; every part is among them."""

from __future__ import annotations


def test_every_source_file_has_a_test(sources, root):
    missing = []
    for source in sources:
        *folder, name = source.place
        if not source.text.strip() or name == "__main__":
            continue  # an empty door; the two lines of `python -m apercu` are run by tests/test_cli.py
        where = root.joinpath("tests", *folder)
        if name == "__init__":
            if not list(where.glob("test_*.py")):
                missing.append(f"{source}: nothing in {where.relative_to(root)}")
            continue
        wanted = (f"test_{name.strip('_')}.py", f"test_{name}.py")
        if not any((where / candidate).exists() for candidate in wanted):
            missing.append(f"{source}: no {where.relative_to(root) / wanted[0]}")
    assert not missing, "source files without a test:\n" + "\n".join(missing)
