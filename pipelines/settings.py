"""Settings: one frozen object; the defaults run locally. Every field can be set as ``NETLAKE_<NAME>``."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What a lake needs to know about the place it runs in."""

    model_config = SettingsConfigDict(env_prefix="NETLAKE_", frozen=True, extra="ignore")

    lake: Path = Field(default=Path("lake"), description="folder of the lake")
    catalog_uri: str | None = Field(default=None, description="catalog database; default: SQLite inside the lake")
    memory_limit: str = Field(default="1GB", description="memory that DuckDB may use before it spills to disk")
    batch_bytes: int = Field(default=64 << 20, gt=0, description="inflated log bytes that are parsed at a time")
    commit_objects: int = Field(default=5_000, gt=0, description="objects per commit of the ledger")
