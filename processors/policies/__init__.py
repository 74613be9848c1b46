"""Policies: operators' rules about actions, in CEL. Pure; see docs/guides/policies.md."""

from processors.policies.compiled import CompiledPack, PackProblem, read_pack
from processors.policies.consult import Consulted, consult
from processors.policies.danger import danger_labels
from processors.policies.decide import PolicyError, PolicyVerdict, RuleMatch, decide
from processors.policies.explain import Explained, ExplainedRule, Part, explain
from processors.policies.inputs import PolicyCase, Windows
from processors.policies.language import ConditionProblem
from processors.policies.scope import CompiledRule

__all__ = [
    "CompiledPack",
    "CompiledRule",
    "ConditionProblem",
    "Consulted",
    "Explained",
    "ExplainedRule",
    "PackProblem",
    "Part",
    "PolicyCase",
    "PolicyError",
    "PolicyVerdict",
    "RuleMatch",
    "Windows",
    "consult",
    "danger_labels",
    "decide",
    "explain",
    "read_pack",
]
