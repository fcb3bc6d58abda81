"""The text part made from HTML."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rekindle.compose.plaintext import text_from_html

from .anna import FACTS, NOBODY, finished, page


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>Раз</p><p>Два</p>", "Раз\n\nДва\n"),
        ("<p>Раз<br>два<br/>три</p>", "Раз\nдва\nтри\n"),
        ("<div>Раз</div>\n  <div>Два</div>", "Раз\n\nДва\n"),
        ("<h1>Заголовок</h1>Текст", "Заголовок\n\nТекст\n"),
        ("<ul><li>раз</li><li>два</li></ul>", "- раз\n- два\n"),
        ('<a href="https://x.example/">Купить</a>', "Купить: https://x.example/\n"),
        ('<a href="https://x.example/">https://x.example/</a>', "https://x.example/\n"),
        ('<a href="mailto:a@b.example">a@b.example</a>', "a@b.example\n"),
        ('<a href="mailto:a@b.example">пишите</a>', "пишите: a@b.example\n"),
        ('<a href="https://x.example/"><img src="i.png" alt="Каталог"></a>', "Каталог: https://x.example/\n"),
        ('<a href="https://x.example/"><img src="i.png"></a>', "https://x.example/\n"),
        ('Раз<br><a href="https://x.example/">https://x.example/</a> два', "Раз\nhttps://x.example/ два\n"),
        ('<a href="#top">вверх</a>', "вверх\n"),
        ("<table><tr><td>Торт</td><td>900 ₽</td></tr><tr><td>Клей</td><td>1</td></tr></table>", "Торт 900 ₽\nКлей 1\n"),
        ("<table><tr><td><table><tr><td><p>Раз</p></td></tr></table></td></tr></table><p>Два</p>", "Раз\n\nДва\n"),
        ("<style>p{}</style><script>x</script><title>t</title><p>Да</p>", "Да\n"),
        ('<div style="display:none">скрыто <div>и это</div> и то</div><p>Видно</p>', "Видно\n"),
        ("<!-- нет --><p>Да</p><!--[if mso]><p>нет</p><![endif]-->", "Да\n"),
        ("Да &amp; нет &lt;b&gt; &nbsp; 1&nbsp;000", "Да & нет <b> 1 000\n"),
        ("<p>  много \n\t места  </p>", "много места\n"),
        ("<b>Анна</b>, <i>привет</i>!", "Анна, привет!\n"),
        ("раз<hr>два", "раз\n--------------------\nдва\n"),
        ("", "\n"),
        ("<p>не закрыт", "не закрыт\n"),
        ("</p></a></td>сирота", "сирота\n"),
    ],
)
def test_html_becomes_words(html: str, text: str) -> None:
    assert text_from_html(html) == text


@given(
    st.lists(
        st.sampled_from(
            [
                "<p>",
                "</p>",
                "<a href='https://x.example'>",
                "</a>",
                "<td>",
                "</tr>",
                "<li>",
                "<br>",
                "слово ",
                "\n",
                "<!--",
                "-->",
                "<div style='display:none'>",
                "</div>",
                "<img alt='и'>",
                "&amp;",
            ]
        ),
        max_size=30,
    )
)
def test_any_html_at_all_gives_tidy_text(parts: list[str]) -> None:
    """Never an error, no space at the end of a line, no two empty lines, one newline at the end."""
    text = text_from_html("".join(parts))
    assert text.endswith("\n")
    assert "\n\n\n" not in text
    assert " \n" not in text


LOOP = (
    "<p>Вы купили:</p><table>{% for o in orders %}<tr><td>{{ o.number }}</td><td>{{ o.status }}</td></tr>{% endfor %}"
    "</table><p>Ждём{% if contact.city %} в городе {{ contact.city }}{% endif %}.</p>"
)


def test_loops_and_branches_keep_their_lines() -> None:
    """The text part is compiled once too; each row stands on its own line."""
    letter = page(LOOP)
    assert letter.once
    words = finished(letter).text.rpartition("Отписаться")[0]
    assert words.split("\n") == ["Вы купили:", "", "A-2 paid", "A-1 paid", "", "Ждём в городе Тверь.", "", ""]
    assert finished(letter, NOBODY).text.startswith("Вы купили:\n\n")
    assert "\n\n\n\n" not in finished(letter, NOBODY).text
    assert "Ждём.\n" in finished(letter, NOBODY).text


def test_a_text_beside_the_template_is_taken_instead() -> None:
    letter = page(
        "<p>HTML</p>",
        files={"x.txt": "{% if offer %}\nСкидка {{ offer.discount }}\n{% endif %}\nУйти: {{ links.unsubscribe }}\n"},
    )
    assert finished(letter).text.startswith("Скидка 15%\nУйти: https://t.example/u/")
    assert finished(letter, NOBODY).text.startswith("Уйти: ")
    assert finished(letter, FACTS).text.count("\n") == 2
