"""A template that Jinja cannot read is said in plain words, at the tag that is wrong."""

from __future__ import annotations

import pytest

from rekindle.compose.letter import compile_letter
from rekindle.model.error import ProblemsError
from rekindle.model.letter import LetterSource

UNREAD = {
    "{{ contact.city": "2:1: a tag is never closed (write }} or %} where it ends)",
    "{{ contact.city }": "2:1: this tag is closed wrongly (write }} or %})",
    "{{ contact.city | default('x) }}": "2:1: a quote ' is opened in this tag and never closed (add the closing one)",
    '{{ contact.city | default("x) }}': '2:1: a quote " is opened in this tag and never closed (add the closing one)',
    "{{ “x” }}": "2:1: “ is no quote for Jinja (write straight quotes: ' or \")",
    "{% if offer %}a{% if orders %}b{% endif %}": "2:1: a {% if %} is never closed (write {% endif %} where it ends)",
    "a {% if offer %}{% endfor %}": (
        "2:20: {% endfor %} stands here while a {% if %} is still open (write {% endif %} before it)"
    ),
    "a {% endif %}": "2:6: {% endif %} belongs to no open tag (take it away, or open what it belongs to)",
    "{% offer %}": "2:4: there is no tag {% offer %} (put a value into {{ }})",
    "{{ }}": "2:1: something is missing in this tag (name a value, such as contact.first_name)",
    "{{ contact.city | default('x' }}": "2:1: a ')' is missing before this '}' (close what was opened)",
    "{% if contact.city = 'Riga' %}{% endif %}": "2:1: a single = compares nothing (write ==)",
    "{{ contact.city contact.phone }}": (
        "2:4: the tag should end before 'contact' (put | before a filter, ~ between texts, and quotes around a text)"
    ),
    "{# never": "2:1: a comment {# is never closed (write #} where it ends)",
    "{{ contact.city }} {{ offer }\n\n{% if offer %}{% endif %}": "2:20: this tag is closed wrongly (write }} or %})",
    "{{ contact.revenue | mony }}": "2:22: unknown filter 'mony' (did you mean 'money'?)",
    "{% if contact.city is defind %}{% endif %}": "2:23: unknown test 'defind' (did you mean 'defined'?)",
}


@pytest.mark.parametrize(("line", "expected"), UNREAD.items())
def test_a_tag_that_cannot_be_read_is_named_in_plain_words(line: str, expected: str) -> None:
    """No word of the library's, which speaks of tokens and statements to programmers."""
    source = LetterSource("Hi", "", "a.txt", {"a.txt": f"{{{{ links.unsubscribe }}}}\n{line}\n"})
    with pytest.raises(ProblemsError) as error:
        compile_letter(source)
    assert [f"templates/a.txt:{expected}"] == [str(problem) for problem in error.value.problems]
