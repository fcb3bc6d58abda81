"""What drifted is named, not only that something did."""

from __future__ import annotations

from rekindle.plan.drift import changed_counts, changed_files


def test_files_are_named_by_what_became_of_them() -> None:
    """Changed, new, gone; of many only the first."""
    then, now = {"a": "1", "b": "1", "c": "1"}, {"a": "2", "b": "1", "d": "1"}
    assert changed_files(then, now) == "a has changed, d is new, c is gone"
    assert changed_files(now, now) == ""
    many = {f"f{number}": "1" for number in range(8)}
    assert changed_files({}, many) == "f0 is new, f1 is new, f2 is new, f3 is new, f4 is new and 3 more"


def test_numbers_that_differ_are_named() -> None:
    """Those that are the same are not; the same numbers over other contacts are said to be so."""
    then = {"chosen": 10, "held_out": 1, "left_out": {"no_consent": 2, "capped": 1}}
    now = {"chosen": 1200, "held_out": 1, "left_out": {"no_consent": 2, "had_it": 3}}
    assert changed_counts(then, now) == (
        "chosen 10 then, 1,200 now; left out (capped) 1 then, 0 now; left out (had_it) 0 then, 3 now"
    )
    assert changed_counts(then, then) == "as many, but not the same contacts, arms or offers"
