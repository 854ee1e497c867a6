"""What can go wrong, as types. A bad row is data (``ops.reject``); a bad program, file or lake is one of these.

::

    NetlakeError            every message says what happened and what to do next
      ConfigError           a setting or an argument cannot be used
      SourceError           one object of one source cannot be read
      SchemaError           a frame does not have the columns its table promises
      ModelError            a .sql model is malformed or fails
      QualityError          data breaks an expectation
      LakeError             the lake cannot be opened, read or written
"""

from __future__ import annotations


class NetlakeError(Exception):
    """Root of the tree; its text is one sentence for a person."""


class ConfigError(NetlakeError):
    """A setting or an argument cannot be used."""


class SourceError(NetlakeError):
    """One object cannot be read: ``uri`` says which, ``reason`` why."""

    def __init__(self, uri: str, reason: str) -> None:
        self.uri, self.reason = uri, reason
        super().__init__(f"{uri}: {reason}")


class SchemaError(NetlakeError):
    """Columns of a frame and of its table differ."""

    def __init__(self, table: str, missing: list[str], unexpected: list[str]) -> None:
        self.table, self.missing, self.unexpected = table, missing, unexpected
        super().__init__(f"{table}: missing columns {missing}, unexpected columns {unexpected}")


class ModelError(NetlakeError):
    """A .sql model is malformed or fails."""

    def __init__(self, model: str, reason: str) -> None:
        self.model, self.reason = model, reason
        super().__init__(f"model {model}: {reason}")


class QualityError(NetlakeError):
    """``count`` rows break ``check``; ``sample`` shows a few."""

    def __init__(self, check: str, count: int, sample: list[dict[str, object]]) -> None:
        self.check, self.count, self.sample = check, count, sample
        super().__init__(f"{count} rows break {check}, for example {sample[:1]}")


class LakeError(NetlakeError):
    """The lake at ``uri`` cannot be opened, read or written."""

    def __init__(self, uri: str, reason: str) -> None:
        self.uri, self.reason = uri, reason
        super().__init__(f"lake {uri}: {reason}")


def in_one_line(error: Exception) -> str:
    """What a library says of its error, without the pictures and listings that follow."""
    return " ".join(str(error).split("\n\n")[0].split())
