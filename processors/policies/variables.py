"""What a condition may look at: each variable's type, and on whose word it stands.

Most names are declared whole (`action.type`, not a map `action`), so that a misspelled one and a
comparison with another type are refused when the rule is read, not when an action comes.
"""

from enum import StrEnum

from cel_expr_python import cel


class Origin(StrEnum):
    GATE = "gate"
    """Interlock, its settings or its catalog say so."""
    MODEL = "model"
    """The proposal itself: what would run."""
    UPSTREAM = "upstream"
    """The service that asked the model. Nobody has checked it, so it may tighten only: a rule
    that allows cannot look at it."""


_MAP = cel.Type.Map(cel.Type.STRING, cel.Type.DYN)
_TEXTS = cel.Type.List(cel.Type.STRING)

VARIABLES: dict[str, tuple[cel.Type, Origin]] = {
    "action.type": (cel.Type.STRING, Origin.GATE),
    "action.tool": (cel.Type.STRING, Origin.GATE),
    "action.version": (cel.Type.STRING, Origin.GATE),
    # A number or null: comparing null is an error, which a blocking rule takes for a match.
    "action.confidence": (cel.Type.DYN, Origin.MODEL),
    "action.repaired": (cel.Type.BOOL, Origin.GATE),
    "action.source": (cel.Type.STRING, Origin.GATE),
    "action.labels": (_TEXTS, Origin.GATE),
    "action.template": (cel.Type.STRING, Origin.GATE),
    "action.degraded": (cel.Type.BOOL, Origin.GATE),
    "action.scheduled": (cel.Type.BOOL, Origin.GATE),
    "action.revision": (cel.Type.INT, Origin.GATE),
    "params": (_MAP, Origin.MODEL),
    "param_names": (_TEXTS, Origin.MODEL),
    "labels": (_TEXTS, Origin.GATE),
    "impact.level": (cel.Type.STRING, Origin.GATE),
    "impact.score": (cel.Type.INT, Origin.GATE),
    "impact.resources": (_TEXTS, Origin.GATE),
    "impact.reversible": (cel.Type.STRING, Origin.GATE),
    "tenant.id": (cel.Type.STRING, Origin.GATE),
    "tenant.known": (cel.Type.BOOL, Origin.GATE),
    "tenant.safety_mode": (cel.Type.STRING, Origin.GATE),
    "tenant.ctx": (_MAP, Origin.UPSTREAM),
    "user.id": (cel.Type.STRING, Origin.UPSTREAM),
    "user.roles": (_TEXTS, Origin.UPSTREAM),
    "user.locale": (cel.Type.STRING, Origin.UPSTREAM),
    "context": (_MAP, Origin.UPSTREAM),
    "history": (_MAP, Origin.GATE),
    "limits.hour.used": (cel.Type.INT, Origin.GATE),
    "limits.hour.max": (cel.Type.INT, Origin.GATE),
    "limits.day.used": (cel.Type.INT, Origin.GATE),
    "limits.day.max": (cel.Type.INT, Origin.GATE),
    "now": (cel.Type.TIMESTAMP, Origin.GATE),
}

FIXED = frozenset(name for name, (type_, _) in VARIABLES.items() if type_ != _MAP)
"""Always there, so that `has()` has nothing to ask."""
