"""The draw in SQL: the sample number of a contact, the same on both databases and in Python (LANGUAGE 2.3)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Integer
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class sample_number_of(FunctionElement[int]):
    """`sample_number_of(salt, key)`: 0 to 9999, as `model.sampling.sample_number` draws it."""

    type = Integer()
    inherit_cache = True


@compiles(sample_number_of)
def _by_md5(element: sample_number_of, compiler: SQLCompiler, **options: Any) -> str:
    salt, key = (compiler.process(clause, **options) for clause in element.clauses)
    # 8 hex digits as a bit string widen to a bigint without a sign
    return f"mod(('x' || substr(md5({salt} || ':' || {key}), 1, 8))::bit(32)::bigint, 10000)"


@compiles(sample_number_of, "sqlite")
def _by_python(element: sample_number_of, compiler: SQLCompiler, **options: Any) -> str:
    salt, key = (compiler.process(clause, **options) for clause in element.clauses)
    return f"rekindle_sample({salt}, {key})"
