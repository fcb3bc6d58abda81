"""The pages a reader sees: unsubscribe, preferences, plain ones. No script, no cookie, nothing from elsewhere."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Collection, Mapping
from importlib.resources import files

from ..model.configuration import Configuration
from .markup import Html, join, markup
from .words import Words

STYLE = (files(__package__) / "page.css").read_text(encoding="utf-8")
STYLE_HASH = "sha256-" + base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
"""What the Content-Security-Policy lets in: this style sheet and no other."""

_PAGE = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex, nofollow">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<main>
<p class="firm">{firm}</p>
<h1>{title}</h1>
{body}
</main>
<footer>{footer}</footer>
</body>
</html>
"""


class Pages:
    """The pages of one workspace. Methods give whole documents in the language of `words`."""

    def __init__(self, configuration: Configuration) -> None:
        self._topics = configuration.topics
        self._firm = configuration.organisation.name or configuration.sender.name or configuration.sender.domain
        self._address = configuration.organisation.address

    def leave(self, words: Words, topic: str, preferences: str, *, subscribed: bool) -> str:
        """The unsubscribe page: a button for this topic, one for everything, and the way to the topics."""
        if not subscribed:
            lead = _paragraph(words.leave_already, topic=self._named(words, topic), firm=self._firm)
            return self._page(words, words.done_title, lead, _link(words.choose_link, preferences))
        return self._page(
            words,
            words.leave_title,
            _paragraph(words.leave_lead, topic=self._named(words, topic), firm=self._firm),
            _button(words.leave_button, "topic", main=True),
            self._everything(words),
            _link(words.choose_link, preferences),
        )

    def left(self, words: Words, topic: str, preferences: str, *, everything: bool) -> str:
        """What is shown once a reader has left; everything else can be left from here too."""
        if everything:
            lead = _paragraph(words.done_all_lead)
            return self._page(words, words.done_all_title, lead, _link(words.mind_link, preferences))
        return self._page(
            words,
            words.done_title,
            _paragraph(words.done_lead, topic=self._named(words, topic)),
            self._everything(words),
            _link(words.mind_link, preferences),
        )

    def choose(self, words: Words, chosen: Collection[str], *, saved: bool) -> str:
        """The topics of the workspace with those ticked that the reader gets."""
        boxes = join([_box(name, label, ticked=name in chosen) for name, label in self._topics.items()])
        notice = words.saved if chosen else words.saved_nothing
        form = markup(
            '<form method="post"><fieldset><legend class="unseen">{legend}</legend>{boxes}</fieldset>'
            '<button class="main">{save}</button></form>',
            legend=words.choose_title,
            boxes=boxes,
            save=words.choose_button,
        )
        shown = markup('<p class="notice" role="status">{notice}</p>', notice=notice) if saved else Html("")
        lead = _paragraph(words.choose_lead, firm=self._firm)
        return self._page(words, words.choose_title, shown, lead, form, self._everything(words))

    def lost(self, words: Words) -> str:
        """For every link that is not one of ours, the same whatever was wrong with it."""
        return self._page(words, words.lost_title, _paragraph(words.lost_lead))

    def later(self, words: Words) -> str:
        """When we cannot do it now."""
        return self._page(words, words.later_title, _paragraph(words.later_lead))

    def too_large(self, words: Words) -> str:
        """When more was sent than a form of ours can hold."""
        return self._page(words, words.large_title, _paragraph(words.large_lead))

    def _named(self, words: Words, topic: str) -> str:
        label = self._topics.get(topic, topic)
        return words.quoted.replace("{text}", label) if label else words.these_letters

    def _everything(self, words: Words) -> Html:
        lead = markup('<p class="quiet">{text}</p>', text=words.everything_lead)
        return markup("<section>{lead}{button}</section>", lead=lead, button=_button(words.everything_button, "all"))

    def _page(self, words: Words, title: str, *body: Html) -> str:
        return markup(
            _PAGE,
            language=words.language,
            style=Html(STYLE),
            title=title,
            firm=self._firm,
            body=join(list(body)),
            footer=_paragraph(self._address) if self._address else Html(""),
        )


def _paragraph(text: str, **holes: str) -> Html:
    return markup("<p>{text}</p>", text=_filled(text, holes))


def _filled(text: str, holes: Mapping[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda hole: holes.get(hole[1], hole[0]), text)


def _link(text: str, target: str) -> Html:
    return markup('<p class="way"><a href="{target}">{text}</a></p>', target=target, text=text)


def _button(text: str, scope: str, *, main: bool = False) -> Html:
    return markup(
        '<form method="post"><button class="{look}" name="scope" value="{scope}">{text}</button></form>',
        look="main" if main else "other",
        scope=scope,
        text=text,
    )


def _box(name: str, label: str, *, ticked: bool) -> Html:
    return markup(
        '<label><input type="checkbox" name="topic" value="{name}"{ticked}><span>{label}</span></label>',
        name=name,
        ticked=Html(" checked") if ticked else Html(""),
        label=label,
    )
