"""While letters leave, no garbage collection looks at what was there before; afterwards all is as it was."""

from __future__ import annotations

import gc
import subprocess
import sys

import pytest

from rekindle.line.crew import collecting_seldom

IMPORTS = "import gc; from rekindle.line.crew import collecting_seldom as seldom\n"


def test_collecting_is_as_before_when_all_letters_are_gone() -> None:
    before = gc.get_threshold()
    with pytest.raises(KeyError), collecting_seldom():
        assert gc.get_threshold() > before
        raise KeyError
    assert gc.get_threshold() == before


@pytest.mark.parametrize(
    ("whose", "words"),
    [
        ("ours is given back", "with seldom():\n    assert gc.get_freeze_count()\nassert not gc.get_freeze_count()"),
        ("another's is left to him", "gc.freeze()\nwith seldom():\n    pass\nassert gc.get_freeze_count()"),
    ],
)
def test_what_is_kept_from_the_collector(whose: str, words: str) -> None:
    """In a process of its own, where nothing else is frozen."""
    subprocess.run([sys.executable, "-c", IMPORTS + words], check=True)
