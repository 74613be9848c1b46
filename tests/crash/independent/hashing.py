"""`params_hash` as the contract says it: SHA-256 over RFC 8785 of tool, version and params."""

import hashlib
from collections.abc import Mapping
from typing import Any

import rfc8785


def params_hash(tool: str, version: str | None, params: Mapping[str, Any]) -> str:
    content: dict[str, Any] = {"tool": tool, "version": version, "params": dict(params)}
    return hashlib.sha256(rfc8785.dumps(content)).hexdigest()
