"""Short functions, small modules, one noun a file, and no dumping grounds."""

from __future__ import annotations

import ast
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "rekindle"
MODULES = {
    str(path.relative_to(PACKAGE)): path.read_text(encoding="utf-8")
    for path in PACKAGE.rglob("*.py")
    if "migrations" not in path.parts
}
LONGEST_MODULE = 320
LONGEST_FUNCTION = 50
DECLARATIONS = {"store/tables.py", "model/segment.py"}
"""Lists of what there is, with no code to hide in them: they may be longer."""

DUMPING_GROUNDS = {"utils", "util", "helpers", "common", "manager", "handler", "handlers", "service", "misc"}


def test_no_module_is_a_dumping_ground() -> None:
    """A function that two rooms need belongs to the noun that it is about."""
    assert [name for name in MODULES if Path(name).stem in DUMPING_GROUNDS] == []


def test_no_module_is_asking_to_be_two() -> None:
    """About 300 lines are enough for one noun."""
    assert [name for name in MODULES if MODULES[name].count("\n") > LONGEST_MODULE and name not in DECLARATIONS] == []


def test_no_function_is_asking_to_be_two() -> None:
    """About 50 lines are enough for one thought."""
    long = [
        f"{name}:{node.name}"
        for name, text in MODULES.items()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno >= LONGEST_FUNCTION
    ]

    assert long == []
