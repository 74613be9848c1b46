"""What the permission service (IAM) is asked about an action, and what its answer means.

A question holds nothing that differs between two actions of one kind by one user: its answer may
be used for some seconds. So parameters are no part of it; rules about them are policies.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from pydantic import JsonValue

from schemas.events import Drafted, JsonObject
from schemas.names import TenantId
from schemas.settings import PluginSpec


class User(NamedTuple):
    """The requester, as upstream named them. The IAM knows better which roles they have."""

    id: str
    roles: tuple[str, ...]


class Question(NamedTuple):
    """May this user have this tool do this? Equal questions have the same answer."""

    tenant_id: TenantId
    user: User | None
    """None: no person is behind it. The IAM decides what a service may do by itself."""
    action_type: str
    tool: str
    version: str
    permissions: tuple[str, ...]


def question_of(action: Drafted, plugin: PluginSpec) -> Question:
    """The question for an action that the plugin would carry out."""
    by = action.user_ctx
    return Question(
        action.tenant_id,
        # Roles without anybody who has them are nobody's.
        User(by.user_id, tuple(sorted(set(by.roles)))) if by and by.user_id else None,
        action.action_type,
        plugin.tool,
        plugin.version,
        tuple(sorted(set(plugin.permissions))),
    )


class PermissionState(StrEnum):
    ALLOWED = "allowed"
    DENIED = "denied"
    UNAVAILABLE = "unavailable"
    """Nobody who may say so said anything that counts."""
    NOT_NEEDED = "not_needed"
    """No IAM is configured, and the tool asks for no permission."""


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate policy of the IAM that the action came under."""

    policy: str
    limit: int
    window_s: int
    granted: bool
    """Whether the policy had room for this action."""

    def as_json(self) -> JsonObject:
        return {
            "policy": self.policy,
            "limit": self.limit,
            "window_s": self.window_s,
            "granted": self.granted,
        }


@dataclass(frozen=True, slots=True)
class Permission:
    """What is known of an action's permission.

    Attributes:
        reason: the IAM's own words; where it is unavailable, a code that says why.
        policy: what the IAM says it rests on.
        at: when the IAM said it.
        asked: the permissions it was asked for.
    """

    state: PermissionState
    reason: str = ""
    policy: str | None = None
    at: datetime | None = None
    asked: tuple[str, ...] = ()
    rate: Rate | None = None

    def covers(self, needed: Collection[str]) -> bool:
        """Whether it speaks of all that is needed: the catalog may ask for more by now."""
        asked = () if self.state is PermissionState.NOT_NEEDED else self.asked
        return not needed or set(needed) <= set(asked)

    def as_json(self) -> JsonObject | None:
        """For the verdict's facts; None where nothing was asked."""
        if self.state is PermissionState.NOT_NEEDED:
            return None
        said: JsonObject = {
            "state": self.state.value,
            "reason": self.reason,
            "asked": list(self.asked),
        }
        if self.policy is not None:
            said["policy"] = self.policy
        if self.at is not None:
            said["at"] = self.at.isoformat()
        if self.rate is not None:
            said["rate"] = self.rate.as_json()
        return said


NOT_NEEDED = Permission(PermissionState.NOT_NEEDED)


def unavailable(why: str, asked: tuple[str, ...] = ()) -> Permission:
    return Permission(PermissionState.UNAVAILABLE, why, asked=asked)


def permission_of(facts: JsonObject | None) -> Permission:
    """The permission as `as_json` wrote it: to compute a verdict again from the log. What cannot
    be read is unavailable."""
    if facts is None:
        return NOT_NEEDED
    try:
        return _read(facts)
    except (KeyError, TypeError, ValueError):
        return unavailable("unreadable")


def _read(facts: JsonObject) -> Permission:
    at, asked, rate, policy = (
        facts.get("at"),
        facts["asked"],
        facts.get("rate"),
        facts.get("policy"),
    )
    if not isinstance(asked, list):
        raise TypeError
    return Permission(
        PermissionState(str(facts["state"])),
        str(facts["reason"]),
        None if policy is None else str(policy),
        None if at is None else datetime.fromisoformat(str(at)),
        tuple(str(name) for name in asked),
        None if rate is None else _read_rate(rate),
    )


def _read_rate(rate: JsonValue) -> Rate:
    if not isinstance(rate, dict):
        raise TypeError
    limit, window = rate["limit"], rate["window_s"]
    if not isinstance(limit, int) or not isinstance(window, int):
        raise TypeError
    return Rate(str(rate["policy"]), limit, window, rate["granted"] is True)
