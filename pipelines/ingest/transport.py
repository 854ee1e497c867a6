"""Where objects lie: list them and read them. Folders and files today; a place is told by its URI."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pipelines.errors import ConfigError, SourceError


@dataclass(frozen=True, order=True)
class StoredObject:
    """One object as its store lists it; ``size`` in bytes, ``modified_at`` in UTC."""

    uri: str
    size: int
    modified_at: datetime


def listing(place: str) -> Iterator[StoredObject]:
    """All objects under ``place`` (a file or a folder), in order of their URI; hidden files are not deliveries.

    ConfigError if the place does not exist or cannot be listed.
    """
    if "://" in place:
        raise ConfigError(f"cannot read {place}: only files and folders are read; copy it first (aws s3 sync)")
    root = Path(place)
    if root.is_file():
        yield _stored(root)
        return
    if not root.is_dir():
        raise ConfigError(f"{place} does not exist; name a file or a folder of log objects")
    if not os.access(root, os.R_OK | os.X_OK):
        raise ConfigError(f"{place} cannot be listed; check its permissions")
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (_stored(Path(folder, name)) for name in sorted(files) if not name.startswith("."))


def read(stored: StoredObject) -> bytes:
    """The object's bytes as stored; SourceError if it cannot be read."""
    try:
        return Path(stored.uri).read_bytes()
    except OSError as error:
        raise SourceError(stored.uri, f"cannot be read: {error.strerror}") from error


def content_id(raw: bytes) -> str:
    """The object's identity: a hash of its stored bytes, the same under every key it is delivered to."""
    return hashlib.blake2b(raw, digest_size=12).hexdigest()


def _stored(path: Path) -> StoredObject:
    try:
        facts = path.stat()
    except OSError:  # a dangling link is still a delivery: reading it will say what is wrong
        facts = path.lstat()
    return StoredObject(str(path.absolute()), facts.st_size, datetime.fromtimestamp(facts.st_mtime, UTC))
