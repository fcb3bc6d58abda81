"""Compiling a letter: read every file of it and collect every problem before anything is made of it."""

from __future__ import annotations

from collections.abc import Sequence

from jinja2 import nodes

from ..model.error import ProblemsError
from ..model.letter import LetterSource
from ..model.problem import Position, Problem, did_you_mean
from ..names.declension import in_case
from .environment import LetterEnvironment
from .expand import FOLDER, Expansion, SourceFiles
from .fastest import Fastest, Lines, Texts, environments_of
from .letter import CompiledLetter, ValueMaker
from .lint import MjmlLint, lint_links, lint_values
from .part import Part
from .samples import sample_facts
from .tokens import Piece, Tokens
from .values import LetterFacts, LetterStyle
from .vocabulary import TRUSTED_ROOTS, Usage, parse_file, read_templates


class OneText(SourceFiles):
    """A text of the campaign file (subject, preheader): all its places are one."""

    def __init__(self, name: str, text: str, at: Position | None) -> None:
        super().__init__({name: text})
        self._at = at or Position(name)

    def position(self, file: str, offset: int) -> Position:
        """Where the campaign says it."""
        return self._at


class Compilation:
    """One run of the compiler over one letter's source."""

    def __init__(self, source: LetterSource, style: LetterStyle, samples: Sequence[LetterFacts]) -> None:
        self.source = source
        self.style = style
        self.given_samples = samples
        self.sources = SourceFiles(source.files)
        self.problems: list[Problem] = []
        self.usage = Usage()
        self.trees: dict[str, nodes.Template] = {}
        self.environments = environments_of(source, style)
        stem = source.template.rpartition(".")[0]
        self.text_file = f"{stem}.txt" if stem and f"{stem}.txt" in source.files else ""
        self.is_mjml = source.template.lower().endswith(".mjml")

    def letter(self) -> CompiledLetter:
        """The compiled letter. Raises ProblemsError."""
        self._need_template()
        subject = self._line("subject", self.source.subject, self.source.subject_at)
        preheader = self._line("preheader", self.source.preheader, self.source.preheader_at)
        html_usage = self._read(self.source.template, self.environments.html)
        text_usage = self._read(self.text_file, self.environments.text) if self.text_file else html_usage
        self._raise()
        self._need_extras()
        page = Expansion(self.sources, self.source.template)
        plain = Expansion(self.sources, self.text_file) if self.text_file else None
        self.problems += page.problems + (plain.problems if plain else [])
        self._raise()
        lint = self._lint(page)
        self._need_unsubscribe(html_usage, text_usage)
        self._raise()
        page_once = not html_usage.dynamic and (lint is None or lint.once)
        lines = Lines(subject, preheader)
        texts = Texts(
            self.source,
            self.sources,
            self.style,
            page,
            plain,
            self.text_file,
            self.is_mjml,
            page_once,
            plain_once=not text_usage.dynamic,
        )
        making = Fastest(texts, lines, ValueMaker(self.style, self.usage), self.environments)
        letter = making.letter([*sample_facts(self.style, self.trees), *self.given_samples])
        self.problems += making.problems
        self._raise()
        return letter

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
        tree = parse_file(self.environments.text, sources, name)
        if isinstance(tree, Problem):
            self.problems.append(tree)
            return Part(self.environments.text, "", {}, place)
        usage, problems = read_templates({name: tree}, sources, self.style)
        if usage.links:
            problems.append(Problem(place, f"links may not stand in the {name}"))
        if name == "subject" and not text.strip():
            problems.append(Problem(place, "the subject is empty"))
        self.problems += problems
        usage.dynamic |= bool(_named_files(tree))  # which nobody has read
        self._take(usage)
        tokens = Tokens([Piece(text.strip(), name, 0)], sources.position)
        return Part(self.environments.text, *tokens.restore(tokens.text), place)

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
        self.usage.roots |= usage.roots
        self.usage.fields |= usage.fields
        self.usage.dynamic |= usage.dynamic
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
        names = self.environments.html.parse(tag).find_all(nodes.Name)
        return any(name.name not in TRUSTED_ROOTS for name in names)


def _named_files(tree: nodes.Template) -> list[str]:
    found: list[str] = []
    for node in tree.find_all((nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends)):
        named: nodes.Expr = node.template  # type: ignore[attr-defined]
        values = named.value if isinstance(named, nodes.Const) else ()
        found += [values] if isinstance(values, str) else [value for value in values or () if isinstance(value, str)]
    return found
