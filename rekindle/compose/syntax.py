"""Jinja's complaints about a template in plain words."""

from __future__ import annotations

import re

_SAYINGS: tuple[tuple[str, str, str], ...] = (
    # (how Jinja says it, how we do, what to do about it); \1, \2 are what the pattern caught
    (
        r"unknown tag '(\w+)'.*innermost block that needs to be closed is '(\w+)'",
        r"{% \1 %} stands here while a {% \2 %} is still open",
        r"write {% end\2 %} before it",
    ),
    (
        r"unknown tag '(end\w+|else|elif)'",
        r"{% \1 %} belongs to no open tag",
        "take it away, or open what it belongs to",
    ),
    (r"unknown tag '(\w+)'", r"there is no tag {% \1 %}", "put a value into {{ }}"),
    (
        r"end of template.*innermost block that needs to be closed is '(\w+)'",
        r"a {% \1 %} is never closed",
        r"write {% end\1 %} where it ends",
    ),
    (r"end of template, expected 'end of", "a tag is never closed", "write }} or %} where it ends"),
    (r"unexpected char \"'\"", "a quote ' is opened in this tag and never closed", "add the closing one"),
    (r"unexpected char '\"'", 'a quote " is opened in this tag and never closed', "add the closing one"),
    (r"unexpected char '([“”„«»‘’])'", r"\1 is no quote for Jinja", "write straight quotes: ' or \""),
    (r"unexpected char '(.)'", r"the character \1 cannot stand in a tag", "put a text in quotes"),
    (r"unexpected '(.)', expected '(.)'", r"a '\2' is missing before this '\1'", "close what was opened"),
    (r"unexpected '}'$", "this tag is closed wrongly", "write }} or %}"),
    (r"unexpected '(.)'$", r"this '\1' closes nothing", "take it away"),
    (
        r"Expected an expression|unexpected 'end of|expected name or|expected token 'name', got 'end of",
        "something is missing in this tag",
        "name a value, such as contact.first_name",
    ),
    (r"expected token 'end of statement block', got '='", "a single = compares nothing", "write =="),
    (
        r"expected token 'end of (?:print statement|statement block)', got '(.*)'",
        r"the tag should end before '\1'",
        "put | before a filter, ~ between texts, and quotes around a text",
    ),
    (r"expected token '(.*)', got 'end of", r"'\1' is missing at the end of this tag", "close what was opened"),
    (r"expected token '(.*)', got '(.*)'", r"'\1' is expected here, and there is '\2'", ""),
    (r"Missing end of comment", "a comment {# is never closed", "write #} where it ends"),
    (r"Missing end of raw", "a {% raw %} is never closed", "write {% endraw %} where it ends"),
)


def plain_words(message: str) -> tuple[str, str]:
    """What a syntax error says, and a hint, for who writes letters and not programs."""
    for pattern, said, hint in _SAYINGS:
        match = re.search(pattern, message, re.DOTALL)
        if match:
            return match.expand(said), match.expand(hint)
    return f"this tag cannot be read: {message.rstrip('.')}", ""


def unclosed_tag(text: str, message: str) -> int | None:
    """Where the block tag begins that the template ends without closing; None where that is not the complaint."""
    found = re.search(r"end of template.*innermost block that needs to be closed is '(\w+)'", message, re.DOTALL)
    if found is None:
        return None
    opened: list[int] = []
    for tag in re.finditer(rf"\{{%[-+]?\s*(end)?{found[1]}\b", text):
        if not tag[1]:
            opened.append(tag.start())
        elif opened:
            opened.pop()
    return opened[-1] if opened else None
