"""Segments among each other: names that lead somewhere, circles named with the way round, ladders beside them."""
# ruff: noqa: E501 (the words that a user gets stand in one line)

from __future__ import annotations

from collections.abc import Callable

from rekindle.workspace.load import Workspace
from rekindle.workspace.segments import reach

Sound = Callable[[dict[str, str]], Workspace]
Said = Callable[[dict[str, str]], list[str]]
HEAD = {"rekindle.yml": "from: a@b.example\ntopics: {news: News}\n"}
HINT = "(one of them must say what it means without the other)"


def test_segments_are_known_by_their_file(sound: Sound) -> None:
    """segments/silent-buyers.yml is the segment silent-buyers; statuses.yml is none."""
    files = {
        **HEAD,
        "segments/silent-buyers.yml": "description: Silent\nwhere: {bought: true}\n",
        "segments/statuses.yml": "statuses: [{name: active, otherwise: true}]\n",
    }
    workspace = sound(files)
    assert {name: one.description for name, one in workspace.segments.items()} == {"silent-buyers": "Silent"}
    assert [(ladder.name, ladder.names) for ladder in workspace.ladders] == [("status", ("active",))]


def test_an_unknown_segment_is_named_with_the_nearest(said: Said) -> None:
    """At the place of the name, with the segment that was meant."""
    files = {**HEAD, "segments/a.yml": "where:\n  - segment: byers\n", "segments/buyers.yml": "where: {bought: true}\n"}
    assert said(files) == ["segments/a.yml:2:14: unknown segment 'byers' (did you mean 'buyers'?)"]


def test_a_segment_with_problems_of_its_own_still_counts_as_known(said: Said) -> None:
    """One fault, one problem: who refers to a broken segment is not blamed."""
    files = {**HEAD, "segments/a.yml": "where: {segment: b}\n", "segments/b.yml": "where: {bougt: true}\n"}
    assert said(files) == ["segments/b.yml:1:9: unknown field or condition 'bougt' (did you mean 'bought'?)"]


def test_a_circle_is_named_once_with_the_way_round(said: Said) -> None:
    """a asks for b, b for c, c for a: one problem, where the first of them asks."""
    files = {
        **HEAD,
        "segments/a.yml": "where:\n  - bought: true\n  - not: {segment: b}\n",
        "segments/b.yml": "where: {any: [{segment: c}, {bought: true}]}\n",
        "segments/c.yml": "where: {segment: [d, a]}\n",
        "segments/d.yml": "where: {bought: true}\n",
    }
    assert [f"segments/a.yml:3:20: the segment asks for itself: a → b → c → a {HINT}"] == said(files)


def test_a_segment_that_asks_for_itself_is_a_circle(said: Said) -> None:
    """The smallest circle."""
    files = {**HEAD, "segments/a.yml": "where: {segment: a}\n"}
    assert [f"segments/a.yml:1:18: the segment asks for itself: a → a {HINT}"] == said(files)


def test_two_circles_are_two_problems(said: Said) -> None:
    """Each way round is said, also where they share a segment."""
    files = {
        **HEAD,
        "segments/a.yml": "where: {segment: [b, c]}\n",
        "segments/b.yml": "where: {segment: a}\n",
        "segments/c.yml": "where: {segment: a}\n",
    }
    ways = [line.split("itself: ")[1] for line in said(files)]
    assert [f"a → b → a {HINT}", f"a → c → a {HINT}"] == ways


def test_a_long_chain_is_no_circle(sound: Sound) -> None:
    """A thousand segments, each asking for the next, are read without deep recursion."""
    files = dict(HEAD)
    for number in range(1000):
        files[f"segments/s{number}.yml"] = f"where: {{segment: s{number + 1}}}\n"
    files["segments/s1000.yml"] = "where: {bought: true}\n"
    assert len(reach(["s0"], sound(files).segments)) == 1001


def test_a_status_may_not_hang_on_a_status(said: Said) -> None:
    """Neither directly nor through a segment."""
    files = {
        **HEAD,
        "segments/loyal.yml": "where: {status: active}\n",
        "segments/statuses.yml": "statuses:\n  - {name: active, when: {segment: loyal}}\n  - {name: other, otherwise: true}\n",
    }
    expected = "segments/statuses.yml:2:36: the segment 'loyal' asks for a status, so a status may not ask for it (rephrase it)"
    assert [expected] == said(files)


def test_a_broken_ladder_blames_no_segment(said: Said) -> None:
    """The names of its statuses are known all the same."""
    files = {
        **HEAD,
        "segments/loyal.yml": "where: {status: active}\n",
        "segments/statuses.yml": "statuses:\n  - {name: active, whn: {bought: true}}\n  - {name: other, otherwise: true}\n",
    }
    lines = said(files)
    assert lines
    assert [line for line in lines if line.startswith("segments/loyal.yml")] == []
