"""A field is said once: every engine's view of a table has the same columns, in the same order."""

import duckdb
import polars as pl
import pytest

from pipelines import steps
from pipelines.errors import SchemaError
from pipelines.model.tables import FLOW


@pytest.mark.parametrize("table", steps.tables(), ids=lambda table: table.full_name)
def test_all_views_of_a_table_agree(table):
    names = [field.name for field in table.fields]
    assert table.polars.names() == names
    assert table.arrow.names == names
    assert list(table.duckdb) == names
    assert [field.name for field in table.iceberg().fields] == names


@pytest.mark.parametrize("table", steps.tables(), ids=lambda table: table.full_name)
def test_duckdb_reads_the_types_that_polars_writes(table):
    con = duckdb.connect()
    con.register("empty", table.empty())
    described = {name: kind for name, kind, *_ in con.execute("describe from empty").fetchall()}
    declared = {name: kind.replace("TIMESTAMPTZ", "TIMESTAMP WITH TIME ZONE") for name, kind in table.duckdb.items()}
    assert described == declared


def test_conform_fills_what_is_absent_and_refuses_strangers():
    conformed = FLOW.conform(pl.LazyFrame({"bytes": [1]})).collect()
    assert conformed.schema == FLOW.polars
    assert conformed["src_ip"].to_list() == [None]
    with pytest.raises(SchemaError, match="stranger"):
        FLOW.conform(pl.LazyFrame({"stranger": [1]}))
