"""Compiling a letter: read every file, collect every problem, then find the fastest way that gives the same letter."""

from __future__ import annotations

import html as html_words
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from jinja2 import nodes, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from ..model.error import ProblemsError
from ..model.letter import LetterSource, UnrenderableError
from ..model.problem import Position, Problem, did_you_mean
from ..names.declension import in_case
from .cutting import commented, cut_template_html, cut_template_text, with_frame
from .environment import LetterEnvironment
from .expand import FOLDER, Expansion, SourceFiles
from .filters import letter_filters
from .letter import CompiledLetter, ValueMaker
from .likeness import same_html, same_text
from .links import LinkBook
from .lint import MjmlLint, lint_links, lint_values
from .making import EachHtml, EachText, EachTextFromHtml, Maker, Once, preheader_block, shown_address
from .mjml import MjmlError, mjml_to_html
from .part import Part
from .plaintext import text_from_html
from .samples import sample_facts
from .tokens import Piece, Tokens
from .values import LetterFacts, LetterStyle
from .vocabulary import TRUSTED_ROOTS, Usage, parse_file, read_templates

_PREVIEW = re.compile(r"<mj-preview\b[^>]*>.*?</mj-preview\s*>", re.DOTALL | re.IGNORECASE)


class OneText(SourceFiles):
    """A text of the campaign file (subject, preheader): all its places are one."""

    def __init__(self, name: str, text: str, at: Position | None) -> None:
        super().__init__({name: text})
        self._at = at or Position(name)

    def position(self, file: str, offset: int) -> Position:
        """Where the campaign says it."""
        return self._at


@pass_context
def _link_in_html(context: Context, written: Any) -> Markup:
    hole: str = context.resolve("_cut").hole_for(html_words.unescape(str(written)))
    return Markup(html_words.escape(hole))


@pass_context
def _link_in_text(context: Context, written: Any) -> str:
    hole: str = context.resolve("_cut").hole_for(str(written))
    return hole


class Compilation:
    """One run of the compiler over one letter's source."""

    def __init__(self, source: LetterSource, style: LetterStyle, samples: Sequence[LetterFacts]) -> None:
        self.source = source
        self.style = style
        self.given_samples = samples
        self.sources = SourceFiles(source.files)
        self.problems: list[Problem] = []
        self.warnings: list[Problem] = []
        self.usage = Usage()
        self.trees: dict[str, nodes.Template] = {}
        filters = letter_filters(style)
        self.html_env = LetterEnvironment(source.files, {**filters, "_link": _link_in_html}, escape=True)
        self.text_env = LetterEnvironment(source.files, {**filters, "_link": _link_in_text}, escape=False)
        self.txt_env = LetterEnvironment(source.files, {**filters, "_link": _link_in_text}, escape=False, trim=True)
        stem = source.template.rpartition(".")[0]
        self.text_file = f"{stem}.txt" if stem and f"{stem}.txt" in source.files else ""
        self.is_mjml = source.template.lower().endswith(".mjml")

    def letter(self) -> CompiledLetter:
        """The compiled letter. Raises ProblemsError."""
        self._need_template()
        subject = self._line("subject", self.source.subject, self.source.subject_at)
        preheader = self._line("preheader", self.source.preheader, self.source.preheader_at)
        html_usage = self._read(self.source.template, self.html_env)
        text_usage = self._read(self.text_file, self.txt_env) if self.text_file else html_usage
        self._raise()
        self._need_extras()
        page = Expansion(self.sources, self.source.template)
        plain = Expansion(self.sources, self.text_file) if self.text_file else None
        self.problems += page.problems + (plain.problems if plain else [])
        self._raise()
        lint = self._lint(page)
        self._need_unsubscribe(html_usage, text_usage)
        self._raise()
        return self._fastest(subject, preheader, page, plain, lint, html_usage, text_usage)

    def _raise(self) -> None:
        if self.problems:
            raise ProblemsError(list(dict.fromkeys(self.problems)))

    def _need_template(self) -> None:
        name = self.source.template
        if name not in self.source.files:
            at = self.source.template_at or Position(FOLDER + name)
            raise ProblemsError([Problem(at, f"there is no templates/{name}", did_you_mean(name, self.source.files))])

    def _need_extras(self) -> None:
        """A filter that cannot work here is found now, not in the middle of a mailing."""
        if "case" in self.usage.filters:
            in_case("Анна", "dative")

    def _line(self, name: str, text: str, at: Position | None) -> Part:
        """The part that stands in one line of a header or of the inbox."""
        sources = OneText(name, text.strip(), at)
        place = sources.position(name, 0)
        tree = parse_file(self.text_env, sources, name)
        if isinstance(tree, Problem):
            self.problems.append(tree)
            return Part(self.text_env, "", {}, place)
        usage, problems = read_templates({name: tree}, sources, self.style)
        if usage.links:
            problems.append(Problem(place, f"links may not stand in the {name}"))
        if name == "subject" and not text.strip():
            problems.append(Problem(place, "the subject is empty"))
        self.problems += problems
        self._take(usage)
        tokens = Tokens([Piece(text.strip(), name, 0)], sources.position)
        return Part(self.text_env, *tokens.restore(tokens.text), place)

    def _read(self, file: str, environment: LetterEnvironment) -> Usage:
        """Parse `file` and all that it names, and hold their names against those that there are."""
        trees: dict[str, nodes.Template] = {}
        waiting = [file]
        while waiting:
            name = waiting.pop(0)
            if name in trees or name not in self.source.files:
                continue
            tree = parse_file(environment, self.sources, name)
            if isinstance(tree, Problem):
                self.problems.append(tree)
                continue
            trees[name] = tree
            waiting += _named_files(tree)
        usage, problems = read_templates(trees, self.sources, self.style)
        self.problems += problems
        self.trees.update(trees)
        self._take(usage)
        return usage

    def _take(self, usage: Usage) -> None:
        self.usage.contact |= usage.contact
        self.usage.roots |= usage.roots
        self.usage.links |= usage.links
        self.usage.filters |= usage.filters

    def _need_unsubscribe(self, html_usage: Usage, text_usage: Usage) -> None:
        hint = "write {{ links.unsubscribe }} where the letter ends"
        for file, usage in ((self.source.template, html_usage), (self.text_file, text_usage)):
            if file and "unsubscribe" not in usage.links:
                self.problems.append(Problem(Position(FOLDER + file), "the letter has no link to unsubscribe", hint))

    def _lint(self, page: Expansion) -> MjmlLint | None:
        text = page.text
        lint = MjmlLint(text, page.position) if self.is_mjml else None
        self.problems += lint.problems if lint else []
        self.problems += lint_links(text, page.position)
        self.problems += lint_values(text, page.position, self._is_strange)
        return lint

    def _is_strange(self, tag: str) -> bool:
        """Whether what a printing tag prints may come from a contact."""
        names = self.html_env.parse(tag).find_all(nodes.Name)
        return any(name.name not in TRUSTED_ROOTS for name in names)

    # --- the fastest way ----------------------------------------------------------------------------------------------

    def _fastest(
        self,
        subject: Part,
        preheader: Part,
        page: Expansion,
        plain: Expansion | None,
        lint: MjmlLint | None,
        html_usage: Usage,
        text_usage: Usage,
    ) -> CompiledLetter:
        values = ValueMaker(self.style, self.usage)
        has_preheader = bool(self.source.preheader.strip())
        slow_html = self._each_html(page, has_preheader)
        slow_text: Maker = self._each_text(plain) if plain else EachTextFromHtml()
        slow = CompiledLetter(values, subject, preheader, slow_html, slow_text, LinkBook(), once=False)
        fast = None
        if not html_usage.dynamic and not text_usage.dynamic and (lint is None or lint.once):
            fast = self._once(slow, page, plain, has_preheader)
        letter = fast if fast and self._agree(fast, slow) else slow
        self._raise()
        return letter

    def _each_html(self, page: Expansion, has_preheader: bool) -> EachHtml:
        tokens = Tokens(self._without_preview(page, has_preheader), self.sources.position)
        part = Part(self.html_env, *tokens.restore(tokens.text), Position(FOLDER + self.source.template))
        return EachHtml(part, mjml=self.is_mjml, preheader=has_preheader, language=self._language)

    def _each_text(self, plain: Expansion) -> EachText:
        tokens = Tokens(plain.pieces, self.sources.position)
        return EachText(Part(self.txt_env, *tokens.restore(tokens.text), Position(FOLDER + self.text_file)))

    def _without_preview(self, page: Expansion, has_preheader: bool) -> list[Piece]:
        """The campaign's preheader stands in place of the template's own."""
        if not has_preheader:
            return page.pieces
        return [_blank_out(piece) for piece in page.pieces]

    @property
    def _language(self) -> str:
        return self.style.locale.partition("_")[0]

    def _once(
        self, slow: CompiledLetter, page: Expansion, plain: Expansion | None, has_preheader: bool
    ) -> CompiledLetter | None:
        """Everything that does not depend on the contact done now; None where the tokens stand in MJML's way."""
        tokens = Tokens(self._without_preview(page, has_preheader), self.sources.position)
        book = LinkBook()
        at = Position(FOLDER + self.source.template)
        try:
            html = cut_template_html(self._html_of(commented(tokens.text, tokens)), tokens, book)
        except MjmlError:
            return None
        text = self._once_text(html, tokens, book, plain)
        words = tokens.add("{{ _preheader }}", at) if "{" in self.source.preheader else ""
        words = words or html_words.escape(self.source.preheader.strip())
        framed = with_frame(html, preheader_block(words) if has_preheader else "")
        made = Once(Part(self.html_env, *tokens.restore(framed), at))
        return CompiledLetter(slow.values, slow.subject, slow.preheader, made, text, book, once=True)

    def _html_of(self, text: str) -> str:
        """HTML with tokens; what stands before and after an MJML document (set, macro) stays where it stood."""
        if not self.is_mjml:
            return text
        begin, end = text.find("<mjml"), text.rfind("</mjml>") + len("</mjml>")
        return text[:begin].strip() + mjml_to_html(text[begin:end], self._language) + text[end:].strip()

    def _once_text(self, html: str, tokens: Tokens, book: LinkBook, plain: Expansion | None) -> Once:
        if plain is not None:
            own = Tokens(plain.pieces, self.sources.position)
            cut = cut_template_text(own.text, own, book)
            return Once(Part(self.txt_env, *own.restore(cut), Position(FOLDER + self.text_file)))
        text = text_from_html(html, _block_word(tokens), shown_address(book))
        return Once(Part(self.text_env, *tokens.restore(text), Position(FOLDER + self.source.template)))

    def _agree(self, fast: CompiledLetter, slow: CompiledLetter) -> bool:
        """Whether both ways give the same letter to every sample, or the same refusal."""
        samples = [*sample_facts(self.style, self.trees), *self.given_samples]
        return all(_same_letter(fast, slow, facts) for facts in samples)


def _same_letter(fast: CompiledLetter, slow: CompiledLetter, facts: LetterFacts) -> bool:
    made, wanted = _try(fast, facts), _try(slow, facts)
    if made is None or wanted is None:
        return made is wanted
    return same_html(made[0], wanted[0]) and same_text(made[1], wanted[1])


def _try(letter: CompiledLetter, facts: LetterFacts) -> tuple[str, str] | None:
    """HTML and text with addresses in place of holes, or None where the letter cannot be made."""
    try:
        filled = letter.fill(facts)
    except UnrenderableError:
        return None
    bodies = []
    for parts in (filled.html_parts, filled.text_parts):
        named = parts.copy()
        for index in range(1, len(parts), 2):
            number = int(parts[index]) - 4
            named[index] = filled.urls[number] if number >= 0 else f"own{number}"
        bodies.append("".join(named))
    return bodies[0], bodies[1]


def _block_word(tokens: Tokens) -> Callable[[str], str | None]:
    def word(comment: str) -> str | None:
        match = tokens.word_pattern.fullmatch(comment.strip())
        return tokens.tags[int(match[1])].word if match else None

    return word


def _blank_out(piece: Piece) -> Piece:
    """Without mj-preview, every other character where it was."""
    return Piece(_PREVIEW.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), piece.text), piece.file, piece.offset)


def _named_files(tree: nodes.Template) -> list[str]:
    found: list[str] = []
    for node in tree.find_all((nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends)):
        named = node.template
        values = named.value if isinstance(named, nodes.Const) else ()
        found += [values] if isinstance(values, str) else [value for value in values or () if isinstance(value, str)]
    return found


Samples = Mapping[str, Any]
