"""The published lake answers questions and can be used for nothing else."""

import pytest

from pipelines import steps
from pipelines.errors import LakeError
from pipelines.lake import publish

WRITES = (
    "copy (select 1) to '{root}/written.csv'",
    "explain analyze copy (select 1) to '{root}/written.csv'",
    "/* innocent */ copy (select 1) to '{root}/written.csv'",
    "select 1; copy (select 1) to '{root}/written.csv'",
    "attach '{root}/written.duckdb'",
    "create table x as select 1",
    "delete from core.flow",
    "set memory_limit = '1TB'",
    "install httpfs",
    "",
)


@pytest.fixture
def published(lake):
    steps.publish_lake(lake)
    return lake


@pytest.mark.parametrize("statement", WRITES)
def test_only_a_select_is_run(published, statement):
    before = sorted(path.name for path in published.root.iterdir())
    with pytest.raises(LakeError):
        publish.ask(published, statement.format(root=published.root))
    assert sorted(path.name for path in published.root.iterdir()) == before


@pytest.mark.parametrize(
    "statement", ["from core.flow", "describe core.flow", "explain select 1", "summarize core.flow"]
)
def test_every_way_to_read_is_allowed(published, statement):
    assert isinstance(publish.ask(published, statement), list)


def test_files_outside_the_lake_cannot_be_read(published, tmp_path_factory):
    secret = tmp_path_factory.mktemp("elsewhere") / "secret.txt"
    secret.write_text("secret")
    with pytest.raises(LakeError, match="disabled by configuration"):
        publish.ask(published, f"select * from read_text('{secret}')")  # noqa: S608


def test_every_table_is_there_with_comments_even_in_an_empty_lake(published):
    views = publish.ask(
        published, "select schema_name || '.' || view_name as v, comment from duckdb_views() where not internal"
    )
    assert {view["v"] for view in views} == {table.full_name for table in steps.tables()}
    assert all(view["comment"] for view in views)
    assert publish.ask(published, "select count(*) as n from core.flow") == [{"n": 0}]
    uncommented = (
        "select count(*) as n from duckdb_columns() where schema_name in ('core', 'rollup') and comment is null"
    )
    assert publish.ask(published, uncommented) == [{"n": 0}]


def test_a_reader_keeps_its_file_while_the_lake_is_published_anew(published):
    reader = publish.connect(published)
    steps.publish_lake(published)
    assert reader.execute("select count(*) from core.flow").fetchall() == [(0,)]
    reader.close()


def test_an_unpublished_lake_says_what_to_do(lake):
    with pytest.raises(LakeError, match="netlake build"):
        publish.ask(lake, "select 1")
