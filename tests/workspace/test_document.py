"""A YAML file is read as texts with positions; whatever stands in the way is said in plain words."""

from __future__ import annotations

import pytest

from rekindle.model.document import Mapping, Node, Scalar, Sequence
from rekindle.model.problem import Position
from rekindle.workspace.document import DEEPEST, MOST_NODES, read_document


def plain(node: Node | None) -> object:
    """The tree as lists, dicts and texts."""
    if isinstance(node, Scalar) or node is None:
        return None if node is None else node.text
    if isinstance(node, Sequence):
        return [plain(item) for item in node]
    return {key.text: plain(below) for key, below in node}


def said(text: str) -> list[str]:
    """The problems of `text`, as a user reads them."""
    return [str(problem) for problem in read_document(text, "a.yml")[1]]


@pytest.mark.parametrize(
    "text", ["NO", "12:30", "007", "1_000", "0x1F", "2026-11-01", "+79161234567", "1e3", "on", "~x"]
)
def test_a_scalar_keeps_its_own_characters(text: str) -> None:
    """YAML 1.2, and no type is guessed: what stands there is what is read."""
    node, problems = read_document(f"a: {text}\n", "a.yml")
    assert ({"a": text}, []) == (plain(node), problems)


def test_nodes_know_where_they_stand() -> None:
    """Lines and columns count from 1, of keys, of values and of list items."""
    node, _ = read_document("a: 1\nb:\n  - x\n  - {c: y}\n", "f.yml")
    assert isinstance(node, Mapping)
    listed = node.get("b")
    assert isinstance(listed, Sequence)
    inner = listed.items[1]
    assert isinstance(inner, Mapping)
    places = [node.entries[1][0].at, listed.at, listed.items[0].at, inner.at, inner.entries[0][1].at]
    assert [Position("f.yml", *spot) for spot in [(2, 1), (3, 3), (3, 5), (4, 5), (4, 9)]] == places


def test_quotes_make_a_text_of_null_and_flags() -> None:
    """Only a bare word can be nothing or a flag."""
    node, _ = read_document("- null\n- 'null'\n- true\n- 'true'\n-\n- ''\n", "a.yml")
    assert isinstance(node, Sequence)
    scalars = [item for item in node if isinstance(item, Scalar)]
    assert [(one.is_null, one.flag) for one in scalars] == [
        (True, None),
        (False, None),
        (False, True),
        (False, None),
        (True, None),
        (False, None),
    ]


def test_a_byte_order_mark_is_no_part_of_the_text() -> None:
    """Files saved by Windows editors begin with one."""
    assert plain(read_document("\ufeffa: 1\n", "a.yml")[0]) == {"a": "1"}


def test_a_bounded_alias_repeats_what_was_marked() -> None:
    """Anchors may be used where they stay small."""
    node, problems = read_document("a: &x [1, 2]\nb: *x\n", "a.yml")
    assert (plain(node), problems) == ({"a": ["1", "2"], "b": ["1", "2"]}, [])


BROKEN = {
    "value with a colon": (
        "subject: Sale: now\n",
        "1:14: a second ': ' stands in this line (put the whole value in quotes)",
    ),
    "line without a colon": (
        "topic\nsegment: x\n",
        "2:8: a key is not expected here: the line above has no ':' after its key, or this line is indented too far"
        " (indent with spaces, entries of one level equally far)",
    ),
    "tab": (
        "a:\n\t- x\n",
        "2:1: a tab stands here where YAML wants spaces (indent with spaces, entries of one level equally far)",
    ),
    "tab after a dash": (
        "a:\n  -\t- x\n  -\t{\n",
        "2:4: a tab stands here where YAML wants spaces (indent with spaces, entries of one level equally far)",
    ),
    "open quote": (
        "a: 'x\nb: 2\n",
        "1:4: the quote opened here is never closed (add the closing quote at the end of the text)",
    ),
    "backslash": (
        'a: "C:\\q"\n',
        "1:8: a backslash in double quotes begins an escape, and this is none"
        " (use single quotes, or write the backslash twice)",
    ),
    "open bracket": (
        "a: [1, 2\nb: 3\n",
        "1:4: the list opened here with '[' is not closed, or a comma is missing in it (write it like [a, b, c])",
    ),
    "open brace": (
        "a: {x: 1\nb: 2\n",
        "1:4: what is opened here with '{' is not closed, or a comma is missing in it"
        " (write it like {key: value, other: value}; put a text with {{ }} in quotes)",
    ),
    "at sign": ("a: @x\n", "1:4: a value may not begin with this character (put the whole value in quotes)"),
    "percent sign": ("a: %x\n", "1:4: a value may not begin with this character (put the whole value in quotes)"),
    "text after quotes": (
        'from: "Shop" <a@b.example>\n',
        "1:14: the value ends before this, and here is more text (put the whole value in quotes)",
    ),
    "braces unquoted": (
        "subject: {{ contact.first_name }}, hello\n",
        "1:11: a key must be one word (put a text with {{ }} or [ ] in quotes)",
    ),
    "uneven list": (
        "a:\n  - x\n - y\n",
        "3:2: this line does not belong to what stands above it (indent with spaces, entries of one level equally far)",
    ),
    "list in the line": (
        "a: - x\n",
        "1:4: a list may not begin in the middle of a line (begin it on the next line, or write it like [a, b])",
    ),
    "stray bracket": (
        "a: ]\n",
        "1:4: a closing bracket stands here without its opening one (take it away, or put the whole value in quotes)",
    ),
    "stray brace": (
        "{a: 1}}\n",
        "1:7: a closing bracket stands here without its opening one (take it away, or put the whole value in quotes)",
    ),
    "odd anchor": ("a: & b\n", "1:5: a value may not begin with this character (put the whole value in quotes)"),
}


@pytest.mark.parametrize(("text", "expected"), BROKEN.values(), ids=BROKEN)
def test_broken_yaml_is_named_with_its_place_and_a_way_out(text: str, expected: str) -> None:
    """Our words, the scanner's place; never a line of the library's English."""
    assert [f"a.yml:{expected}"] == said(text)


REFUSED = {
    "tag": (
        "a: !!python/object x\n",
        "1:4: a tag (a word that begins with '!') is not taken (take it away, or put quotes)",
    ),
    "own tag": ("a: !x y\n", "1:4: a tag (a word that begins with '!') is not taken (take it away, or put quotes)"),
    "key twice": ("a: 1\nb: 2\na: 3\n", "3:1: 'a' stands here a second time, first in line 1 (keep one of them)"),
    "list as a key": ("? [a]\n: b\n", "1:3: a key must be one word (put a text with {{ }} or [ ] in quotes)"),
    "braces as a key": ("a: {{ c.x }}\n", "1:5: a key must be one word (put a text with {{ }} or [ ] in quotes)"),
    "no key": (": b\n", "1:1: a key is missing before the ':' (write it like key: value)"),
    "two documents": (
        "a: 1\n---\nb: 2\n",
        "2:1: a second document begins here (keep one in each file; take the '---' away)",
    ),
    "unknown alias": ("a: *x\n", "1:4: '*x' repeats nothing here (put a text that begins with '*' in quotes)"),
    "pattern": ("a: *@mail.ru\n", "1:4: '*@mail.ru' repeats nothing here (put a text that begins with '*' in quotes)"),
    "alias in itself": (
        "a: &x\n  b: *x\n",
        "2:6: '*x' stands inside of what it repeats (put a text that begins with '*' in quotes)",
    ),
    "empty": ("", "1:1: the file is empty (write something, or take the file away)"),
    "comments only": ("# later\n", "1:1: the file is empty (write something, or take the file away)"),
    "zero byte": ("a: 1\nb: x\x00y\n", "2:5: the file holds a zero byte (save it again as plain text in UTF-8)"),
    "control": ("a: \x1b[0m\n", "1:4: the file holds an invisible control character (0x1b) (take it away)"),
    "not UTF-8": (
        "a: \udcef\udcf0\n",
        "1:4: the file is not UTF-8 (save it again as UTF-8; it may be Windows-1251 now)",
    ),
}


@pytest.mark.parametrize(("text", "expected"), REFUSED.values(), ids=REFUSED)
def test_what_yaml_allows_and_a_workspace_does_not(text: str, expected: str) -> None:
    """Tags, doubled keys, endless aliases and more than one document are refused with a place."""
    assert [f"a.yml:{expected}"] == said(text)


def test_small_faults_leave_the_rest_readable() -> None:
    """A doubled key and a tag are named, and the tree comes all the same: one run finds everything."""
    node, problems = read_document("a: 1\na: 2\nb: !x 3\n", "a.yml")
    assert (plain(node), len(problems)) == ({"a": "1", "b": "3"}, 2)


def test_aliases_that_multiply_are_stopped() -> None:
    """Nine lists of nine, nine levels deep, are 400 million values from 300 bytes."""
    lines = ["l0: &l0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"l{level}: &l{level} [{', '.join([f'*l{level - 1}'] * 9)}]" for level in range(1, 9)]
    node, problems = read_document("\n".join(lines), "a.yml")
    message = f"the file holds more than {MOST_NODES} values, repeats by '*' counted"
    assert (None, [message]) == (node, [problem.message for problem in problems])


@pytest.mark.parametrize("opening", ["[", "{a: "])
def test_depth_is_stopped_before_it_hurts(opening: str) -> None:
    """Ten thousand brackets end in a problem, not in a broken interpreter."""
    node, problems = read_document("a: " + opening * 10_000, "a.yml")
    message = f"lists and mappings lie more than {DEEPEST} deep in each other"
    assert (None, [message]) == (node, [problem.message for problem in problems])


def test_who_reads_a_text_again_gets_the_same_and_may_do_with_the_problems_as_he_likes() -> None:
    """What was read is kept; the list of problems is each reader's own, and the file's name is part of the question."""
    first, problems = read_document("a: 1\na: 2\n", "a.yml")
    again, told = read_document("a: 1\na: 2\n", "a.yml")
    assert (again, told) == (first, problems)
    problems.clear()
    assert read_document("a: 1\na: 2\n", "a.yml")[1] == told != []
    assert str(read_document("a: 1\na: 2\n", "b.yml")[1][0]).startswith("b.yml:2:1: ")
