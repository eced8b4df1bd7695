"""Scripted embeddings: words hashed into a fixed number of buckets, so that texts sharing words lie close
together.
"""

from __future__ import annotations

import base64
import hashlib
import math
import re
import struct
from collections.abc import Mapping
from typing import Any

from assay_server.engines.gateway.tokens import count_text
from assay_server.errors import BadRequest

DIMENSIONS = 256
_MAX_DIMENSIONS = 4096
_WORD = re.compile(r"\w+")


def embed(text: str, dimensions: int = DIMENSIONS) -> list[float]:
    """A unit vector of the words of `text`, case ignored; all zero except the first place when it has
    none.
    """
    vector = [0.0] * dimensions
    for word in _WORD.findall(text.lower()):
        digest = int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), "big")
        # The sign bit lets words that share a bucket cancel instead of always adding up.
        vector[(digest >> 1) % dimensions] += 1.0 if digest & 1 else -1.0
    length = math.sqrt(sum(value * value for value in vector))
    if length == 0:
        return [1.0, *vector[1:]]
    return [value / length for value in vector]


def embeddings_body(model: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to an embeddings request. Raises BadRequest for an `input` that is not text."""
    given = body.get("input")
    texts = [given] if isinstance(given, str) else given
    if not isinstance(texts, list) or not texts or not all(isinstance(text, str) for text in texts):
        raise BadRequest("`input` must be a string or a list of strings.")
    dimensions = body.get("dimensions", DIMENSIONS)
    if not isinstance(dimensions, int) or not 1 <= dimensions <= _MAX_DIMENSIONS:
        raise BadRequest(f"`dimensions` must be between 1 and {_MAX_DIMENSIONS}.")
    packed = body.get("encoding_format") == "base64"
    vectors = [embed(text, dimensions) for text in texts]
    tokens = sum(count_text(text) for text in texts)
    return {
        "object": "list",
        "model": model,
        "data": [
            {"object": "embedding", "index": index, "embedding": _packed(vector) if packed else vector}
            for index, vector in enumerate(vectors)
        ],
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    }


def _packed(vector: list[float]) -> str:
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()
