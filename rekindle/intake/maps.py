"""Maps: how a foreign file becomes canonical rows (COMMANDS 1, `--map`)."""

from __future__ import annotations

from collections.abc import Collection
from collections.abc import Mapping as Lookup
from dataclasses import dataclass, field

from ..model.document import Mapping, Node, Scalar, Sequence
from ..model.draft import ImportKind
from ..model.folding import fold
from ..model.problem import Position, Problem, did_you_mean
from ..model.segment import Condition
from .columns import COLUMNS, DATED, is_canonical
from .row_tests import read_row_condition

SOURCE_KEYS = ("column", "first_of", "format", "split", "values")
KEYS = ("kind", "encoding", "sheet", "delimiter", "header", "columns", "constants", "rules", "refuse")


@dataclass(frozen=True, slots=True)
class ColumnSource:
    """Where a canonical value comes from: the first of `columns` (theirs) that is not empty."""

    columns: tuple[str, ...]
    at: Position
    format: str = ""
    split: str = "|"
    values: Lookup[str, str] = field(default_factory=dict)
    """What their values mean here, by their folded text; any other value stays as it is."""


@dataclass(frozen=True, slots=True)
class Rule:
    """The first rule whose condition holds sets values, by canonical column."""

    when: Condition
    values: Lookup[str, str]


@dataclass(frozen=True, slots=True)
class RefuseRule:
    """Rows for which this holds are kept among the refused, with `reason`."""

    when: Condition
    reason: str


@dataclass(frozen=True, slots=True)
class ImportMap:
    """A map as read; `header` counts lines from 1."""

    kind: ImportKind
    columns: Lookup[str, ColumnSource]
    name: str = ""
    encoding: str = ""
    sheet: str = ""
    delimiter: str = ""
    header: int | None = None
    constants: Lookup[str, str] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()
    refuse: tuple[RefuseRule, ...] = ()


def read_map(
    node: Node | None, shown_name: str, kind: ImportKind, attributes: Collection[str]
) -> tuple[ImportMap | None, list[Problem]]:
    """The map that `node` writes, for an import of `kind`, and everything that is wrong with it."""
    reading = _Reading(kind, attributes)
    if not isinstance(node, Mapping):
        at = node.at if node is not None else Position(shown_name)
        return None, [Problem(at, "a map is a mapping", "begin with kind: and columns:")]
    found = reading.map_of(node, shown_name)
    return (None if reading.problems else found), reading.problems


@dataclass
class _Reading:
    kind: ImportKind
    attributes: Collection[str]
    problems: list[Problem] = field(default_factory=list)

    def map_of(self, node: Mapping, shown_name: str) -> ImportMap:
        for key, _ in node:
            if key.text not in KEYS:
                self.problem(key, f"unknown key '{key.text}'", did_you_mean(key.text, KEYS))
        self.check_kind(node)
        columns = self.columns(node.get("columns"), node)
        constants = self.values(node.get("constants"))
        for name in constants.keys() & columns.keys():
            self.problems.append(Problem(columns[name].at, f"'{name}' is both a column and a constant"))
        return ImportMap(
            kind=self.kind,
            columns=columns,
            name=shown_name,
            encoding=self.text(node, "encoding"),
            sheet=self.text(node, "sheet"),
            delimiter=self.delimiter(node),
            header=self.header(node),
            constants=constants,
            rules=tuple(self.rule(item) for item in self.items(node.get("rules"))),
            refuse=tuple(self.refuse_rule(item) for item in self.items(node.get("refuse"))),
        )

    def problem(self, node: Node, message: str, hint: str = "") -> None:
        self.problems.append(Problem(node.at, message, hint))

    def text(self, node: Mapping, key: str) -> str:
        found = node.get(key)
        if found is None:
            return ""
        if not isinstance(found, Scalar):
            self.problem(found, f"'{key}' is one text")
            return ""
        return found.text

    def check_kind(self, node: Mapping) -> None:
        found = node.get("kind")
        if found is None:
            self.problem(node, "'kind' is missing", f"write kind: {self.kind}")
        elif self.text(node, "kind") != self.kind:
            written = self.text(node, "kind")
            known = did_you_mean(written, ImportKind) if written not in set(ImportKind) else ""
            self.problem(found, f"this map is for '{written}', not for {self.kind}", known)

    def delimiter(self, node: Mapping) -> str:
        written = self.text(node, "delimiter")
        chosen = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|", "\\t": "\t"}.get(written, written)
        if len(chosen) > 1 or chosen in ('"', "\n", "\r"):
            self.problem(node.get("delimiter") or node, f"'{written}' is no delimiter", "write , ; | or tab")
            return ""
        return chosen

    def header(self, node: Mapping) -> int | None:
        written = self.text(node, "header")
        if not written:
            return None
        if written.isascii() and written.isdigit() and 0 < int(written) < 10_000:
            return int(written)
        self.problem(node.get("header") or node, "'header' is the number of the header's line", "write header: 3")
        return None

    def columns(self, node: Node | None, whole: Node) -> dict[str, ColumnSource]:
        if not isinstance(node, Mapping) or not node.entries:
            self.problem(
                whole if node is None else node, "'columns' is missing or empty", "write columns: {email: E-mail}"
            )
            return {}
        found = {}
        for key, below in node:
            if self.is_canonical(key):
                source = self.source(key, below)
                if source is not None:
                    found[key.text] = source
        return found

    def is_canonical(self, key: Scalar) -> bool:
        if is_canonical(self.kind, key.text, self.attributes):
            return True
        known = [*COLUMNS[self.kind], *self.attributes]
        self.problem(key, f"{self.kind} have no column '{key.text}'", did_you_mean(key.text, known))
        return False

    def source(self, key: Scalar, node: Node) -> ColumnSource | None:
        if isinstance(node, Scalar):
            return ColumnSource((node.text,), node.at)
        if not isinstance(node, Mapping):
            self.problem(node, "a column's name is expected", "for several columns write {first_of: [a, b]}")
            return None
        for name, _ in node:
            if name.text not in SOURCE_KEYS:
                self.problem(name, f"unknown key '{name.text}'", did_you_mean(name.text, SOURCE_KEYS))
        columns = self.theirs(node)
        if node.get("format") is not None and key.text not in DATED and key.text not in self.attributes:
            self.problem(node, f"'format' is for times and dates; '{key.text}' holds neither")
        split = self.text(node, "split") or "|"
        return ColumnSource(columns, node.at, self.text(node, "format"), split, self.translations(node.get("values")))

    def translations(self, node: Node | None) -> dict[str, str]:
        """Their value, folded, to ours."""
        if node is None:
            return {}
        if not isinstance(node, Mapping) or not node.entries:
            self.problem(node, "their values and ours are expected", "write values: {Сайт: site, ВК: vk}")
            return {}
        for key, below in node:
            if not isinstance(below, Scalar):
                self.problem(below, f"'{key.text}' takes one value")
        return {fold(key.text): below.text for key, below in node if isinstance(below, Scalar)}

    def theirs(self, node: Mapping) -> tuple[str, ...]:
        first_of = node.get("first_of")
        if first_of is None and self.text(node, "column"):
            return (self.text(node, "column"),)
        names = [item.text for item in first_of if isinstance(item, Scalar)] if isinstance(first_of, Sequence) else []
        if not names or node.get("column") is not None:
            self.problem(
                node, "either 'column' or 'first_of' is expected", "write {column: NAME} or {first_of: [a, b]}"
            )
        return tuple(names)

    def values(self, node: Node | None) -> dict[str, str]:
        """Values by canonical column, as `constants:` and `set:` write them."""
        if node is None:
            return {}
        if not isinstance(node, Mapping):
            self.problem(node, "values by column are expected", "write {status: refunded}")
            return {}
        found = {}
        for key, below in node:
            if not isinstance(below, Scalar):
                self.problem(below, f"'{key.text}' takes one value")
            elif self.is_canonical(key):
                found[key.text] = below.text
        return found

    def items(self, node: Node | None) -> list[Mapping]:
        if node is None:
            return []
        if not isinstance(node, Sequence):
            self.problem(node, "a list is expected", "begin each entry with - when:")
            return []
        for item in node:
            if not isinstance(item, Mapping) or item.get("when") is None:
                self.problem(item, "'when' is missing", "write {when: {COLUMN: test}, ...}")
        return [item for item in node if isinstance(item, Mapping) and item.get("when") is not None]

    def rule(self, node: Mapping) -> Rule:
        self.only(node, ("when", "set"))
        values = self.values(node.get("set"))
        if not values:
            self.problem(node, "'set' is missing or empty", "write set: {status: refunded}")
        return Rule(self.condition(node), values)

    def refuse_rule(self, node: Mapping) -> RefuseRule:
        self.only(node, ("when", "reason"))
        reason = self.text(node, "reason")
        if not reason:
            self.problem(node, "'reason' is missing", "say why such rows are not wanted")
        return RefuseRule(self.condition(node), reason)

    def condition(self, node: Mapping) -> Condition:
        when = node.get("when")
        assert when is not None
        return read_row_condition(when, self.problems)

    def only(self, node: Mapping, known: tuple[str, ...]) -> None:
        for key, _ in node:
            if key.text not in known:
                self.problem(key, f"unknown key '{key.text}'", did_you_mean(key.text, known))
