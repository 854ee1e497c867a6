"""Field and Table: a column is said once, and everything else is derived from it.

A dozen logical types cover every table. Each maps to Polars, DuckDB and Iceberg; Arrow follows from Polars.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import polars as pl
import pyarrow as pa
from pyiceberg.schema import Schema
from pyiceberg.types import (
    BooleanType,
    DoubleType,
    IcebergType,
    IntegerType,
    ListType,
    LongType,
    NestedField,
    StringType,
    TimestamptzType,
)

from pipelines.errors import SchemaError

TIMESTAMP = pl.Datetime("us", "UTC")


@dataclass(frozen=True)
class LogicalType:
    """One logical type in the words of the engines; ``about`` says what a value is."""

    about: str
    polars: pl.DataType | type[pl.DataType]
    duckdb: str
    iceberg: IcebergType | None  # None: a list, whose element gets an id of its own


TYPES: Mapping[str, LogicalType] = {
    "text": LogicalType("text", pl.String, "VARCHAR", StringType()),
    "ip": LogicalType("IPv4 or IPv6 address as delivered", pl.String, "VARCHAR", StringType()),
    "json": LogicalType("JSON text as delivered", pl.String, "VARCHAR", StringType()),
    "map": LogicalType("JSON object, keys sorted", pl.String, "VARCHAR", StringType()),
    "bool": LogicalType("true or false", pl.Boolean, "BOOLEAN", BooleanType()),
    "int": LogicalType("32-bit integer", pl.Int32, "INTEGER", IntegerType()),
    "long": LogicalType("64-bit integer", pl.Int64, "BIGINT", LongType()),
    "double": LogicalType("64-bit float", pl.Float64, "DOUBLE", DoubleType()),
    "epoch": LogicalType("time in UTC; delivered as Unix seconds", TIMESTAMP, "TIMESTAMPTZ", TimestamptzType()),
    "time": LogicalType("time in UTC", TIMESTAMP, "TIMESTAMPTZ", TimestamptzType()),
    "tag": LogicalType("text; delivered percent-encoded", pl.String, "VARCHAR", StringType()),
    "texts": LogicalType("list of texts", pl.List(pl.String), "VARCHAR[]", None),
}


@dataclass(frozen=True)
class Field:
    """One column.

    ``type`` is a key of ``TYPES``; ``unit`` is said where the name does not; ``required`` forbids null;
    ``allowed``, ``low`` and ``high`` (inclusive) bound the values: a staged row outside is rejected.
    ``path`` holds the places in a JSON record where the value may stand, first match wins.
    """

    name: str
    type: str
    about: str
    unit: str | None = None
    required: bool = False
    allowed: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    path: tuple[str, ...] = ()

    @property
    def logical(self) -> LogicalType:
        """What the field's type means to each engine."""
        return TYPES[self.type]

    def named(self, name: str, about: str) -> Field:
        """The same kind of column under another name."""
        return replace(self, name=name, about=about)


@dataclass(frozen=True)
class Table:
    """A table of the lake: ``schema.name``, what one row is (``grain``), its fields, and which of them say when.

    ``time`` names the column that cuts the table into windows (None: the table is not cut).
    ``order`` names the columns a window is sorted by before it is written. Rows that agree on all of ``identity`` are
    one row delivered twice: the one with the largest ``prefer``, else the first by ``order``, is kept.
    """

    schema: str
    name: str
    about: str
    grain: str
    fields: tuple[Field, ...]
    time: str | None = "event_at"
    order: tuple[str, ...] = ()
    identity: tuple[str, ...] = ()
    prefer: str | None = None

    @property
    def full_name(self) -> str:
        """``schema.name``, as SQL says it."""
        return f"{self.schema}.{self.name}"

    @cached_property
    def by_name(self) -> Mapping[str, Field]:
        """Fields by name."""
        return {field.name: field for field in self.fields}

    @cached_property
    def polars(self) -> pl.Schema:
        """Column name -> Polars type."""
        return pl.Schema({field.name: field.logical.polars for field in self.fields})

    @cached_property
    def arrow(self) -> pa.Schema:
        """The Arrow schema that Polars writes for this table."""
        return self.empty().to_arrow().schema

    @cached_property
    def duckdb(self) -> Mapping[str, str]:
        """Column name -> DuckDB type."""
        return {field.name: field.logical.duckdb for field in self.fields}

    def iceberg(self) -> Schema:
        """The Iceberg schema; ids count up from 1, list elements after all columns."""
        fields, spare = [], len(self.fields)
        for number, field in enumerate(self.fields, start=1):
            kind = field.logical.iceberg
            if kind is None:
                spare += 1
                kind = ListType(element_id=spare, element_type=StringType(), element_required=False)
            fields.append(NestedField(number, field.name, kind, required=False, doc=field.about))
        return Schema(*fields)

    def empty(self) -> pl.DataFrame:
        """A frame of this table without rows."""
        return pl.DataFrame(schema=self.polars)

    def conform(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        """``rows`` with this table's columns, types and order; absent ones are null. SchemaError for strangers."""
        present = rows.collect_schema().names()
        if strangers := sorted(set(present) - set(self.by_name)):
            raise SchemaError(self.full_name, [], strangers)
        return rows.select(
            (pl.col(name) if name in present else pl.lit(None)).cast(kind).alias(name)
            for name, kind in self.polars.items()
        )

    def markdown(self) -> str:
        """The table's page of the data dictionary."""
        head = [f"### `{self.full_name}`", "", f"{self.about} One row: {self.grain}.", ""]
        table = ["| column | type | unit | what |", "|---|---|---|---|"]
        rows = (f"| `{f.name}` | {f.type} | {f.unit or ''} | {f.about} |" for f in self.fields)
        return "\n".join([*head, *table, *rows]) + "\n"
