"""Seeded randomness: one independent generator and one stable identifier per name.

Every part of the simulation draws from the stream that carries its own name, so a change in one part does not shift
the numbers of another, and nothing depends on the order in which the parts run.
"""

import hashlib

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def stream(seed: int, name: str) -> np.random.Generator:
    """A generator that depends on the seed and on the name, and on nothing else."""
    return np.random.default_rng(int(digest(seed, name, 16), 16))


def digest(seed: int, name: str, length: int = 16) -> str:
    """The first `length` hexadecimal digits (at most 64) of a hash of seed and name."""
    return hashlib.blake2b(f"{seed}:{name}".encode(), digest_size=32).hexdigest()[:length]


def identifier(seed: int, prefix: str, name: str) -> str:
    """An AWS resource id: the prefix, then 17 hexadecimal digits, the first of which is 0 as AWS writes them today."""
    return f"{prefix}-0{digest(seed, f'{prefix}/{name}', 16)}"


def uuid(seed: int, name: str) -> str:
    """A version 4 UUID in text form."""
    text = digest(seed, f"uuid/{name}", 32)
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"
