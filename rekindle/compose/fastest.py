"""The fastest way that gives the same letter: what no contact changes is done once, where that is provably so."""

from __future__ import annotations

import html as html_words
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from jinja2 import TemplateNotFound
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context

from ..model.letter import Letter, LetterSource, UnrenderableError
from ..model.problem import Position, Problem
from ..seal import Sealer
from .cutting import commented, cut_template_html, cut_template_text, with_frame, without_block_lines
from .environment import LINK_FILTER, LetterEnvironment, UnknownNameError, joined
from .expand import FOLDER, Expansion, SourceFiles
from .filters import letter_filters
from .letter import CompiledLetter, ValueMaker
from .likeness import same_html, same_text
from .links import FIRST_LINK, DeliverySeals, LinkBook
from .making import EachHtml, EachText, EachTextFromHtml, Maker, Once, OnceText, preheader_block, same_address
from .mjml import MjmlError, mjml_to_html
from .part import Part
from .pieces import is_hole
from .plain_page import page_of_text
from .plaintext import text_from_html
from .size import size_problem
from .tokens import Piece, Tokens
from .values import LetterFacts, LetterStyle

_PREVIEW = re.compile(r"<mj-preview\b[^>]*>.*?</mj-preview\s*>", re.DOTALL | re.IGNORECASE)
_SURE_FAULTS = (UnknownNameError, SecurityError, TemplateNotFound, MjmlError)
"""What fails for one contact because the template is wrong, not because of the contact."""


def _link_in_html(context: Context, written: list[str]) -> str:
    book: LinkBook = context.parent["_cut"]
    return book.hole_in_html(joined(written))


def _link_in_text(context: Context, written: list[str]) -> str:
    book: LinkBook = context.parent["_cut"]
    return book.hole_for(joined(written))


@dataclass(frozen=True)
class Environments:
    """The two kinds of output: `html` is escaped, `text` (headers and the text part) is not."""

    html: LetterEnvironment
    text: LetterEnvironment


def environments_of(source: LetterSource, style: LetterStyle) -> Environments:
    """The environments of one letter's source."""
    filters = letter_filters(style)
    escaped, plain = {**filters, LINK_FILTER: _link_in_html}, {**filters, LINK_FILTER: _link_in_text}
    return Environments(
        LetterEnvironment(source.files, escaped, escape=True),
        LetterEnvironment(source.files, plain, escape=False),
    )


@dataclass(frozen=True)
class Lines:
    """The two one-line parts of a letter."""

    subject: Part
    preheader: Part


@dataclass(frozen=True)
class Texts:
    """What a letter is made from, read and without problems: `page` MJML or HTML, `plain` the `.txt` beside it.

    `page_once`, `plain_once`: whether nothing in them stands against compiling them once.
    """

    source: LetterSource
    sources: SourceFiles
    style: LetterStyle
    page: Expansion
    plain: Expansion | None
    text_file: str
    is_mjml: bool
    page_once: bool
    plain_once: bool

    @property
    def has_preheader(self) -> bool:
        """Whether the campaign gives one; it then stands in place of the template's own."""
        return bool(self.source.preheader.strip())

    @property
    def language(self) -> str:
        """Of the locale: ru, en."""
        return self.style.locale.partition("_")[0]

    @property
    def page_at(self) -> Position:
        """The template."""
        return Position(FOLDER + self.source.template)

    @property
    def text_at(self) -> Position:
        """The text beside it, or the template that the text is made from."""
        return Position(FOLDER + (self.text_file or self.source.template))

    def page_tokens(self) -> Tokens:
        """The template with its Jinja tags as tokens."""
        pieces = self.page.pieces
        if self.has_preheader:
            pieces = [_without_preview(piece) for piece in pieces]
        return Tokens(pieces, self.sources.position)

    def page_text(self, tokens: Tokens) -> str:
        """The page behind its tokens; of a letter that is a plain text, the page that says the same."""
        return page_of_text(tokens) if self.source.template.endswith(".txt") else tokens.text


class Fastest:
    """Makes the slow letter, which is right by construction, and the fast one, which must agree with it."""

    def __init__(self, texts: Texts, lines: Lines, values: ValueMaker, environments: Environments) -> None:
        self.problems: list[Problem] = []
        self._texts = texts
        self._lines = lines
        self._values = values
        self._environments = environments

    def letter(self, samples: Sequence[LetterFacts]) -> CompiledLetter:
        """The letter to be sent. `samples` begin with one who has everything."""
        slow = self._slow()
        self._look_for_faults(slow, samples[0])
        fast = self._once() if self._texts.page_once and not self.problems else None
        letter = fast if fast is not None and _agree(fast, slow, samples) else slow
        return self._weighed(letter, samples[0])

    def _slow(self) -> CompiledLetter:
        texts, book = self._texts, LinkBook()
        tokens = texts.page_tokens()
        part = Part(self._environments.html, *tokens.restore(texts.page_text(tokens)), texts.page_at)
        page = EachHtml(part, mjml=texts.is_mjml, preheader=texts.has_preheader, language=texts.language)
        text = self._plain(texts.plain, book) if texts.plain else EachTextFromHtml()
        return self._compiled(page, text, book, once=False)

    def _plain(self, plain: Expansion, book: LinkBook) -> Maker:
        """The `.txt` beside the template; its links are cut now unless what it includes is known only while filling."""
        tokens = Tokens(plain.pieces, self._texts.sources.position)
        text = without_block_lines(tokens.text, tokens)
        if self._texts.plain_once:
            text = cut_template_text(text, tokens, book)
        part = Part(self._environments.text, *tokens.restore(text), self._texts.text_at)
        return Once(part) if self._texts.plain_once else EachText(part)

    def _compiled(self, page: Maker, text: Maker, book: LinkBook, *, once: bool) -> CompiledLetter:
        return CompiledLetter(self._values, self._lines.subject, self._lines.preheader, page, text, book, once)

    def _once(self) -> CompiledLetter | None:
        """Everything that does not depend on the contact done now; None where the tokens stand in MJML's way."""
        texts, book = self._texts, LinkBook()
        tokens = texts.page_tokens()
        try:
            html = cut_template_html(self._html_of(commented(texts.page_text(tokens), tokens)), tokens, book)
        except MjmlError:
            return None
        text = self._plain(texts.plain, book) if texts.plain else self._text_of(html, tokens, book)
        framed = with_frame(html, self._preheader(tokens))
        page = Once(Part(self._environments.html, *tokens.restore(framed), texts.page_at))
        return self._compiled(page, text, book, once=True)

    def _html_of(self, text: str) -> str:
        """HTML with tokens; what stands before and after an MJML document (set, macro) stays where it stood."""
        if not self._texts.is_mjml:
            return text
        begin, end = text.find("<mjml"), text.rfind("</mjml>") + len("</mjml>")
        return text[:begin].strip() + mjml_to_html(text[begin:end], self._texts.language) + text[end:].strip()

    def _preheader(self, tokens: Tokens) -> str:
        if not self._texts.has_preheader:
            return ""
        written = self._texts.source.preheader.strip()
        if "{" in written:
            return preheader_block(tokens.add("{{ _preheader }}", self._lines.preheader.at or self._texts.page_at))
        return preheader_block(html_words.escape(written))

    def _text_of(self, html: str, tokens: Tokens, book: LinkBook) -> OnceText:
        text = text_from_html(html, _block_word(tokens), same_address(book, tokens))
        return OnceText(Part(self._environments.text, *tokens.restore(text), self._texts.text_at))

    def _look_for_faults(self, letter: CompiledLetter, rich: LetterFacts) -> None:
        """What fails even for a contact who has everything, because the template itself is wrong."""
        try:
            letter.fill(rich)
        except UnrenderableError as error:
            if isinstance(error.__cause__, _SURE_FAULTS):
                self.problems.append(Problem(error.at or self._texts.page_at, error.reason))

    def _weighed(self, letter: CompiledLetter, rich: LetterFacts) -> CompiledLetter:
        """The letter with what there is to say about its size."""
        finished = sample_letter(letter, rich)
        problem = size_problem(finished, self._texts.page_at) if finished else None
        if problem is not None and not problem.warning:
            self.problems.append(problem)
        return letter.warned(problem) if problem else letter


def sample_letter(letter: CompiledLetter, facts: LetterFacts) -> Letter | None:
    """The finished letter of a made-up delivery, or None where `facts` do not give one."""
    try:
        filled = letter.fill(facts)
    except UnrenderableError:
        return None
    seals = DeliverySeals(Sealer(b"only for weighing"), "https://mail.example.com", 1)
    return filled.finish(seals, {url: number for number, url in enumerate(filled.urls, 1)})


def _agree(fast: CompiledLetter, slow: CompiledLetter, samples: Sequence[LetterFacts]) -> bool:
    """Whether both ways give the same letter to every sample, or the same refusal; one at least must give a letter."""
    made = [(_bodies(fast, facts), _bodies(slow, facts)) for facts in samples]
    same = all(one is other if one is None or other is None else _alike(one, other) for one, other in made)
    return same and any(one is not None for one, _ in made)


def _alike(one: tuple[str, str], other: tuple[str, str]) -> bool:
    return same_html(one[0], other[0]) and same_text(one[1], other[1])


def _bodies(letter: CompiledLetter, facts: LetterFacts) -> tuple[str, str] | None:
    """HTML and text with addresses in place of holes, or None where the letter cannot be made."""
    try:
        filled = letter.fill(facts)
    except UnrenderableError:
        return None
    return _named(filled.html_parts, filled.urls), _named(filled.text_parts, filled.urls)


def _named(parts: list[str], urls: tuple[str, ...]) -> str:
    return "".join([_name(int(part[1:]), urls) if is_hole(part) else part for part in parts])


def _name(number: int, urls: tuple[str, ...]) -> str:
    return urls[number - FIRST_LINK] if number >= FIRST_LINK else f"own:{number}"


def _block_word(tokens: Tokens) -> Callable[[str], str | None]:
    def word(comment: str) -> str | None:
        match = tokens.word_pattern.fullmatch(comment.strip())
        return tokens.tags[int(match[1])].word if match else None

    return word


def _without_preview(piece: Piece) -> Piece:
    """Without mj-preview, every other character where it was."""
    return Piece(_PREVIEW.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), piece.text), piece.file, piece.offset)
