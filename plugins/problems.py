"""What the host says when it does not do what was asked: RFC 9457 problem details."""

from enum import StrEnum

import orjson
from pydantic import JsonValue


class Effect(StrEnum):
    """What a request did to the world; the caller's retry rests on it.

    It speaks of the one request it answers: `none` beside `idempotency_key_reused` says
    that this request did nothing, not that the key never did.
    """

    NONE = "none"
    DONE = "done"
    UNKNOWN = "unknown"


class Problem(Exception):
    """An answer other than 200. `code` is stable; `detail` is one sentence for people.

    The status says what a caller may conclude: 4xx except 409 is a definite refusal and
    carries `effect: none`; 409 and a 5xx are definite only if they carry it too.
    """

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        effect: Effect = Effect.NONE,
        retry_after_s: int | None = None,
        members: dict[str, JsonValue] | None = None,
    ) -> None:
        super().__init__(f"{code}: {detail}")
        self.status = status
        self.code = code
        self.detail = detail
        self.effect = effect
        self.retry_after_s = retry_after_s
        self.members = members or {}

    def body(self) -> bytes:
        """`application/problem+json`: type, title, status, detail, code, effect, extensions."""
        return orjson.dumps(
            {
                "type": f"urn:interlock:problem:{self.code}",
                "title": self.code.replace("_", " ").capitalize(),
                "status": self.status,
                "detail": self.detail,
                "code": self.code,
                "effect": self.effect,
                **self.members,
            }
        )
