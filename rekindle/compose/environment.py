"""The Jinja environment of letters: sandboxed, autoescaped, and strict about what a letter may do and ask for.

Only plain frozen values go in (values.py). What a template may call, filter with and multiply is a short list of what
is allowed, because a list of what is forbidden is never complete.
"""

from __future__ import annotations

import numbers
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby, islice
from typing import Any

from jinja2 import BaseLoader, Environment, StrictUndefined, TemplateNotFound, TemplateRuntimeError, Undefined
from jinja2.compiler import CodeGenerator, Frame
from jinja2.nodes import Concat, Expr, FilterBlock, Getattr, Name, Output, TemplateData
from jinja2.runtime import LoopContext, Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup, escape

from ..model.problem import did_you_mean
from .pieces import LONG
from .values import MARK, Record

MAX_TEXT = 1_000_000
"""Characters that one value or one whole part of a letter may have."""
MAX_NUMBER_BITS = 512
MAX_CHUNKS = 200_000
"""Pieces that one part of a letter may be printed in: the end of a loop that would never end."""
MAX_PART = 4_000_000
"""Characters that one part of a letter may come to; no mailbox takes so much."""

LINK_FILTER = "_link"
"""The filter of ours that stands around an address."""

_ESCAPED = re.compile("[&<>\"']")
"""What `escape` changes: most values have none of it."""

ALLOWED_FILTERS = frozenset([
    "abs", "capitalize", "count", "d", "default", "e", "escape", "first", "float", "forceescape", "groupby", "int",
    "join", "last", "length", "list", "lower", "map", "max", "min", "reject", "rejectattr", "reverse", "safe", "select",
    "selectattr", "sort", "string", "striptags", "sum", "title", "trim", "truncate", "unique", "upper", "urlencode",
    "wordcount",
])  # fmt: skip
"""Those of Jinja's filters that can neither grow without bound nor give another result tomorrow."""

ALLOWED_METHODS: Mapping[type, frozenset[str]] = {
    str: frozenset([
        "capitalize", "endswith", "find", "isdigit", "lower", "lstrip", "removeprefix", "removesuffix", "rstrip",
        "split", "splitlines", "startswith", "strip", "title", "upper",
    ]),
    tuple: frozenset(["count", "index"]),
}  # fmt: skip


class LetterError(TemplateRuntimeError):
    """Something in a template cannot be done for this contact; the text says what, and what to do."""


class MissingValueError(LetterError):
    """A known field without a value was printed."""


class UnknownNameError(LetterError):
    """A name that no letter knows."""


class MissingValue(Undefined):
    """A known field that has no value: falsy, not more nor less than anything, and an error as soon as it is used."""

    __slots__ = ()

    def __init__(self, name: str) -> None:
        hint = f"{name} has no value; write {{{{ {name} | default('..') }}}} or ask for it with an if"
        super().__init__(hint, name=name, exc=MissingValueError)

    def __str__(self) -> str:
        return str(self._fail_with_undefined_error())

    def __iter__(self) -> Iterator[Any]:
        return iter(str(self))

    def __len__(self) -> int:
        return len(str(self))

    def _holds(self, other: object) -> bool:
        return False

    __lt__ = __le__ = __gt__ = __ge__ = __contains__ = _holds  # type: ignore[assignment]


class UnknownName(StrictUndefined):
    """A name that nobody has given: an error however it is used."""

    __slots__ = ()


def _stands_alone(node: Expr) -> bool:
    """Whether what is printed is kept and found again (long texts), or becomes a hole."""
    if isinstance(node, TemplateData):
        return len(node.data) >= LONG or MARK in node.data
    return isinstance(node, Getattr) and isinstance(node.node, Name) and node.node.name == "links"


class _Generator(CodeGenerator):
    """Compiles `a ~ b` into a call that looks at the length: the one operator that the sandbox cannot intercept.

    And what letters do most, print fields and links, into as few calls as possible.
    """

    _printed: Getattr | None = None

    def visit_Concat(self, node: Concat, frame: Frame) -> None:
        self.write("environment.join_texts(")
        for part in node.nodes:
            self.visit(part, frame)
            self.write(", ")
        self.write("markup=context.eval_ctx.autoescape)")

    def visit_Output(self, node: Output, frame: Frame) -> None:
        """What follows one another and is short is printed as one piece: everything else is done piece by piece."""
        if frame.buffer is not None:
            super().visit_Output(node, frame)
            return
        for alone, run in groupby(node.nodes, _stands_alone):
            own = Output(list(run), lineno=node.lineno)
            if alone or len(own.nodes) == 1:
                super().visit_Output(own, frame)
            else:
                within = frame.soft()
                self.buffer(within)
                super().visit_Output(own, within)
                self.writeline(f"yield ''.join({within.buffer})", node)

    def _output_child_pre(self, node: Expr, frame: Frame, finalize: Any) -> None:
        """What is printed in a place that escapes, is escaped by `shown`."""
        if not frame.eval_ctx.autoescape or frame.eval_ctx.volatile:
            super()._output_child_pre(node, frame, finalize)
        elif isinstance(node, Getattr):
            self._printed = node
            self.write("environment.shown_field(")
        else:
            self.write("environment.shown(")

    def visit_Getattr(self, node: Getattr, frame: Frame) -> None:
        """A field that is printed is asked for by what shows it."""
        if node is not self._printed:
            super().visit_Getattr(node, frame)
            return
        self.visit(node.node, frame)
        self.write(f", {node.attr!r}")

    def visit_FilterBlock(self, node: FilterBlock, frame: Frame) -> None:
        """An address that is cut while filling comes to its filter in pieces: Jinja would make three texts of it."""
        if node.filter.name != LINK_FILTER:
            super().visit_FilterBlock(node, frame)
            return
        within = frame.inner()
        within.symbols.analyze_node(node)
        self.enter_frame(within)
        self.buffer(within)
        self.blockvisit(node.body, within)
        self.start_write(frame, node)
        self.write(f"{self.filters[LINK_FILTER]}(context, {within.buffer})")
        self.end_write(frame)
        self.leave_frame(within)


class _FilesLoader(BaseLoader):
    """Includes find the files of the letter's source and nothing else: there is no path, so none to escape by."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self._files = files

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        if template not in self._files:
            hint = did_you_mean(template, self._files)
            raise TemplateNotFound(template, f"there is no templates/{template}" + (f", {hint}" if hint else ""))
        return self._files[template], template, lambda: True


def joined(pieces: Iterable[str]) -> str:
    """The printed pieces of a template as one text. Raises LetterError where they are more than a letter can be."""
    return "".join(printed(pieces))


def printed(pieces: Iterable[str]) -> list[str]:
    """The printed pieces of a template. Raises LetterError where they are more than a letter can be."""
    taken = pieces if isinstance(pieces, list) else list(islice(pieces, MAX_CHUNKS))
    if len(taken) >= MAX_CHUNKS or sum(map(len, taken)) > MAX_PART:
        raise LetterError(f"more than {MAX_PART:,} characters or {MAX_CHUNKS:,} pieces are printed")
    return taken


def shown(value: Any) -> str:
    """A value as it is printed into HTML: a plain text, since every method of a Markup is Python."""
    plain = type(value) is str and not _ESCAPED.search(value)
    return value if plain else str.__str__(escape(value))


class LetterEnvironment(ImmutableSandboxedEnvironment):
    """One environment a letter source and kind of output; `filters` are added to the allowed ones of Jinja."""

    intercepted_binops = frozenset(["**", "*", "+", "%"])
    code_generator_class = _Generator
    concat = staticmethod(joined)
    shown = staticmethod(shown)

    def __init__(self, files: Mapping[str, str], filters: Mapping[str, Callable[..., Any]], *, escape: bool) -> None:
        super().__init__(
            autoescape=escape,
            undefined=UnknownName,
            loader=_FilesLoader(files),
            keep_trailing_newline=True,
        )
        self.filters = {name: self.filters[name] for name in ALLOWED_FILTERS} | dict(filters)
        self.globals = {"range": limited_range, "namespace": self.globals["namespace"]}

    def getattr(self, obj: Any, attribute: str) -> Any:
        """A field of a record; of anything else what the sandbox allows."""
        if type(obj) is Record:
            value = obj.values[attribute]
            return self._missing(obj, attribute) if value is None else value
        if type(obj) is MissingValue:
            return MissingValue(f"{obj._undefined_name}.{attribute}")
        return super().getattr(obj, attribute)

    def shown_field(self, obj: Any, attribute: str) -> str:
        """A field as it is printed into HTML; made once of a record's: a name stands in a letter more than once."""
        if type(obj) is not Record:
            return shown(self.getattr(obj, attribute))
        text = obj.printed.get(attribute)
        if text is None:
            text = obj.printed[attribute] = shown(self.getattr(obj, attribute))
        return text

    def getitem(self, obj: Any, argument: Any) -> Any:
        """`contact['first_name']` is `contact.first_name`."""
        if type(obj) is Record:
            return self.getattr(obj, str(argument))
        if type(obj) is MissingValue:
            return MissingValue(f"{obj._undefined_name}[{argument!r}]")
        if isinstance(obj, tuple) and isinstance(argument, int) and not -len(obj) <= argument < len(obj):
            return MissingValue(f"item {argument} of a list of {len(obj)}")
        return super().getitem(obj, argument)

    def _missing(self, record: Record, name: str) -> MissingValue:
        if record.known is None or name in record.known:
            return MissingValue(f"{record.name}.{name}")
        hint = did_you_mean(name, record.known)
        raise UnknownNameError(f"{record.name} has no '{name}'" + (f", {hint}" if hint else ""))

    def is_safe_callable(self, obj: Any) -> bool:
        """Macros, loop functions, our globals, and methods of texts that cannot make them grow."""
        if isinstance(obj, Macro | LoopContext) or obj is limited_range or obj is self.globals["namespace"]:
            return True
        owner = getattr(obj, "__self__", None)
        if isinstance(owner, LoopContext):
            return True
        name = getattr(obj, "__name__", "")
        return any(isinstance(owner, kind) and name in names for kind, names in ALLOWED_METHODS.items())

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Arithmetic whose result has a bounded size."""
        if isinstance(left, Undefined) or isinstance(right, Undefined):
            return self.binop_table[operator](left, right)
        if operator == "%" and not _are_numbers(left, right):
            raise LetterError("% divides numbers; join texts with ~")
        if operator in ("**", "*"):
            _check_product(operator, left, right)
        result = self.binop_table[operator](left, right)
        if isinstance(result, str | tuple | list) and len(result) > MAX_TEXT:
            raise LetterError(f"a value of more than {MAX_TEXT:,} characters")
        return result

    def join_texts(self, *parts: Any, markup: Any) -> str:
        """What `~` does, up to the length that a letter may have."""
        escaping = markup and any(hasattr(part, "__html__") for part in parts)
        joined: str = Markup("").join(map(escape, parts)) if escaping else "".join(map(str, parts))
        if len(joined) > MAX_TEXT:
            raise LetterError(f"a text of more than {MAX_TEXT:,} characters")
        return joined


def limited_range(*bounds: int) -> range:
    """`range` of at most 1000 numbers."""
    numbers_ = range(*bounds)
    if len(numbers_) > 1000:
        raise LetterError("a range of more than 1000 numbers")
    return numbers_


def _are_numbers(left: Any, right: Any) -> bool:
    return isinstance(left, numbers.Number) and isinstance(right, numbers.Number)


def _check_product(operator: str, left: Any, right: Any) -> None:
    """Refuse before computing: `10 ** 10 ** 8` must not be tried, nor `'a' * 10 ** 9`."""
    if not _are_numbers(left, right):
        raise LetterError(f"{operator} takes numbers")
    bits = max(int(abs(left)).bit_length(), 1) if operator == "**" else 0
    if operator == "**" and (abs(right) > MAX_NUMBER_BITS or bits * abs(right) > MAX_NUMBER_BITS):
        raise LetterError("a number that large has no place in a letter")
    if operator == "*" and int(abs(left)).bit_length() + int(abs(right)).bit_length() > MAX_NUMBER_BITS:
        raise LetterError("a number that large has no place in a letter")
