"""The glossary is law: its classes exist, and no class of the model bears a word that the glossary forbids."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import rekindle.model

ROOT = Path(__file__).parents[2]


def rows() -> list[list[str]]:
    """The table's rows: word, means, not, class."""
    lines = (ROOT / "docs/GLOSSARY.md").read_text(encoding="utf-8").splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")][2:]


def model_classes() -> dict[str, type]:
    """Every class that a file of the model defines, by name."""
    found: dict[str, type] = {}
    for info in pkgutil.iter_modules(rekindle.model.__path__, "rekindle.model."):
        module = importlib.import_module(info.name)
        found |= {
            name: kind for name, kind in vars(module).items() if inspect.isclass(kind) and kind.__module__ == info.name
        }
    return found


def test_every_class_named_in_the_glossary_exists_in_the_model() -> None:
    """A word that stands for a class stands for a real one."""
    named = {name.strip() for row in rows() for name in row[3].split(",") if name.strip()}

    assert named - set(model_classes()) == set()


def test_no_class_of_the_model_bears_a_forbidden_word() -> None:
    """`User`, `Subscriber`, `Job` and the like never come in."""
    forbidden = {
        word.strip().title() for row in rows() for word in re.sub(r"\(.*?\)", "", row[2]).split(",") if word.strip()
    }
    forbidden -= {name.strip() for row in rows() for name in row[3].split(",")}

    assert {name for name in model_classes() if name in forbidden} == set()


def test_every_class_of_the_model_says_what_it_means() -> None:
    """Public docstrings give meaning."""
    assert [name for name, kind in model_classes().items() if not (kind.__doc__ or "").strip()] == []


def test_the_store_has_a_table_for_each_noun_that_it_keeps() -> None:
    """Tables bear the glossary's words."""
    from rekindle.store.tables import metadata

    words = {word for row in rows() for word in re.split(r"[ ,/]+", row[0])} | {"orders", "plan", "attempt", "link"}
    nouns = {table.split("_")[0] for table in metadata.tables}

    assert nouns - words == {"import", "meta", "lease"}
