"""A map laid over a header: from a row's cells to its canonical cells, as fast as rows come."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter

from ..model.draft import ImportKind, Refusal
from ..model.error import InputError, ProblemsError
from ..model.folding import fold
from ..model.problem import Position, Problem, did_you_mean
from ..model.segment import Condition
from .columns import COLUMNS, NEEDED
from .maps import ColumnSource, ImportMap
from .presets import canonical_map, known_columns
from .row_tests import RowTest, bind, columns_of
from .table_rows import Row, Table, header_names

Cells = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """How rows of one file are read: `names` are the canonical columns in the order of the cells that `cells` gives."""

    names: tuple[str, ...]
    sources: dict[str, ColumnSource]
    ignored: tuple[str, ...]
    width: int
    padding: tuple[str, ...]
    """Constants, behind the row's own cells."""
    pick: Callable[[Sequence[str]], Cells]
    first_of: tuple[tuple[int, tuple[int, ...]], ...]
    values: tuple[tuple[int, Mapping[str, str]], ...]
    """Their values and ours, by the cell's place."""
    rules: tuple[tuple[RowTest, dict[int, str]], ...]
    refuse: tuple[tuple[RowTest, str], ...]

    def cells(self, row: Row) -> Cells | Refusal:
        """The canonical cells of a row, or its refusal by a rule or because it does not fit the header."""
        own = row.cells
        if len(own) != self.width:
            if row.fault or any(own[self.width :]):
                return self._misfit(row)
            own = (own + [""] * self.width)[: self.width]
        for test, reason in self.refuse:
            if test(own):
                return Refusal(row.line, reason, row.raw, by_rule=True)
        cells = self.pick((*own, *self.padding))
        if self.first_of:
            cells = self._with_first_of(cells, own)
        if self.values:
            cells = self._with_our_values(cells)
        for test, values in self.rules:
            if test(own):
                return tuple(values.get(place, cell) for place, cell in enumerate(cells))
        return cells

    def _misfit(self, row: Row) -> Refusal:
        reason = row.fault or f"the row has {len(row.cells)} cells, the header {self.width}"
        known = not row.fault and "number" in self.names
        number = self.pick((*row.cells[: self.width], *self.padding))[self.names.index("number")] if known else ""
        return Refusal(row.line, reason, row.raw, number=number.strip())

    def _with_first_of(self, cells: Cells, own: Sequence[str]) -> Cells:
        chosen = list(cells)
        for place, indices in self.first_of:
            chosen[place] = next((own[index] for index in indices if own[index].strip()), "")
        return tuple(chosen)

    def _with_our_values(self, cells: Cells) -> Cells:
        chosen = list(cells)
        for place, ours in self.values:
            chosen[place] = ours.get(fold(chosen[place]), chosen[place])
        return tuple(chosen)


def lay_out(table: Table, kind: ImportKind, given: ImportMap | None, attributes: Collection[str]) -> Layout:
    """The layout of `table` by the map, or by canonical names where none is `given`.

    Raises InputError for a header that makes no sense, ProblemsError where a map names columns that are not there.
    """
    _refuse_doubled(table)
    chosen = given or canonical_map(kind, table.header, attributes)
    places = _Places(table, chosen)
    places.check()
    _check_needed(table, kind, chosen, attributes)
    set_by_rules = (name for rule in chosen.rules for name in rule.values)
    names = tuple(dict.fromkeys((*COLUMNS[kind], *chosen.columns, *chosen.constants, *set_by_rules)))
    at = {name: place for place, name in enumerate(names)}
    several = {name: source for name, source in chosen.columns.items() if len(places.of(source)) > 1}
    rules = tuple((bind(rule.when, places.index), _by_place(rule.values, at)) for rule in chosen.rules)
    refuse = tuple((bind(rule.when, places.index), rule.reason) for rule in chosen.refuse)
    return Layout(
        names=names,
        sources=dict(chosen.columns),
        ignored=tuple(name for name in table.header if name and name not in places.used),
        width=len(table.header),
        padding=("", *chosen.constants.values()),
        pick=itemgetter(*_indices(names, chosen, places, len(table.header))),
        first_of=tuple((at[name], places.of(source)) for name, source in several.items()),
        values=tuple((at[name], source.values) for name, source in chosen.columns.items() if source.values),
        rules=rules,
        refuse=refuse,
    )


def _by_place(values: Mapping[str, str], at: dict[str, int]) -> dict[int, str]:
    return {at[name]: text for name, text in values.items()}


def _indices(names: Sequence[str], chosen: ImportMap, places: _Places, width: int) -> list[int]:
    """Where each canonical cell stands in a row with its padding: an empty cell at `width`, constants behind it."""
    constants = {name: width + 1 + place for place, name in enumerate(chosen.constants)}
    mapped = {name: places.of(source)[0] for name, source in chosen.columns.items()}
    return [mapped.get(name, constants.get(name, width)) for name in names]


class _Places:
    """Where each column of theirs stands, found by its name as written, else folded."""

    def __init__(self, table: Table, chosen: ImportMap) -> None:
        self._table = table
        self._map = chosen
        self._exact = {name: index for index, name in enumerate(table.header) if name}
        self._folded = {fold(name): index for name, index in reversed(self._exact.items())}
        self.used: set[str] = set()

    def find(self, name: str) -> int | None:
        """The index of a column, or None where the header has none of that name."""
        index = self._exact.get(name.strip(), self._folded.get(fold(name)))
        if index is not None:
            self.used.add(self._table.header[index])
        return index

    def index(self, name: str) -> int:
        """The index of a column known to be there."""
        found = self.find(name)
        assert found is not None
        return found

    def of(self, source: ColumnSource) -> tuple[int, ...]:
        """The indices of those columns of a source that are there, in order."""
        return tuple(index for name in source.columns if (index := self.find(name)) is not None)

    def check(self) -> None:
        """Raises ProblemsError with every column that the map names and the file has not."""
        sources = self._map.columns.values()
        problems = [self._missing(source.columns[0], source.at) for source in sources if not self.of(source)]
        conditions: list[Condition] = [rule.when for rule in self._map.rules]
        conditions += [rule.when for rule in self._map.refuse]
        for condition in conditions:
            problems += [self._missing(name, at) for name, at in columns_of(condition) if self.find(name) is None]
        if problems:
            raise ProblemsError(problems)

    def _missing(self, name: str, at: Position) -> Problem:
        hint = did_you_mean(name, self._exact)
        return Problem(at, f"{self._table.source.name} has no column '{name}'", hint)


def _refuse_doubled(table: Table) -> None:
    seen: set[str] = set()
    for name in table.header:
        if name and name in seen:
            raise InputError(f"{table.source.path}: the header has the column '{name}' twice")
        seen.add(name)


def _check_needed(table: Table, kind: ImportKind, chosen: ImportMap, attributes: Collection[str]) -> None:
    """Raises InputError where no row of such a file could be taken."""
    have = {*chosen.columns, *chosen.constants, *(name for rule in chosen.rules for name in rule.values)}
    where = f"{table.source.path}: the header"
    if not have:
        known = known_columns(kind, attributes)
        near = [hint for name in table.header if "did" in (hint := did_you_mean(name, known))]
        hint = near[0] if near else "known: " + ", ".join(COLUMNS[kind])
        own = "where the columns bear names of their own, write a map: --map FILE.yml"
        raise InputError(f"{where} ({header_names(table.header)}) has no column of {kind}; {hint}; {own}")
    for group in NEEDED[kind]:
        if not have.intersection(group) and not (kind is ImportKind.CONTACTS and _numbered(have)):
            hint = next((hint for name in table.header if "did" in (hint := did_you_mean(name, group))), "")
            one_of = " or ".join(f"'{name}'" for name in group)
            raise InputError(f"{where} has no column {one_of}" + (f" ({hint})" if hint else ""))


def _numbered(have: Collection[str]) -> bool:
    return any(name.startswith(("email_", "phone_")) for name in have)
