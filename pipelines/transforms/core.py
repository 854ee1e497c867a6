"""How the staged tables that feed one core table become its rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from pipelines.model.schema import Table


@dataclass(frozen=True)
class Conformed:
    """Core rows without repeats, and how many repeats there were."""

    rows: pl.DataFrame
    duplicate_count: int


def conform(table: Table, staged: pl.LazyFrame, columns: Mapping[str, pl.Expr], where: pl.Expr | None) -> pl.LazyFrame:
    """Rows of one staged table in the core table's columns; ``where`` picks them (null counts as no)."""
    picked = staged if where is None else staged.filter(where)
    return table.conform(picked.select(expression.alias(name) for name, expression in columns.items()))


def once(table: Table, parts: Sequence[pl.LazyFrame]) -> Conformed:
    """All parts together, each record once: rows that agree on ``table.identity`` are one record delivered again.

    The one with the largest ``table.prefer``, then the first by ``table.order``, is kept; the result is in that order.
    """
    everything = pl.concat([table.empty().lazy(), *parts]).collect()
    if not table.identity:
        return Conformed(everything.sort(table.order, nulls_last=True), 0)
    preferred = [pl.col(table.prefer).fill_null(float("-inf"))] if table.prefer else []
    ranked = everything.sort(
        *preferred, *table.order, descending=[True] * len(preferred) + [False] * len(table.order), nulls_last=True
    )
    kept = ranked.unique(table.identity, keep="first", maintain_order=True).sort(table.order, nulls_last=True)
    return Conformed(kept, everything.height - kept.height)
