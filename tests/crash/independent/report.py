"""What a check found, for machines (JSON) and for people (a Markdown table)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.crash.independent.finding import Finding, Violation

SHOWN = 20
"""Violations of one property that are written out for people."""


@dataclass(frozen=True)
class Report:
    findings: Sequence[Finding]
    states: Mapping[str, int] = field(default_factory=Counter)
    """state → actions that show it last."""

    @property
    def violations(self) -> list[Violation]:
        return [violation for finding in self.findings for violation in finding.violations]

    @property
    def violated(self) -> set[str]:
        return {violation.property for violation in self.violations}

    def examined(self, name: str) -> Mapping[str, int]:
        """What a property looked at, by kind."""
        return next(f.examined for f in self.findings if f.name == name)

    def empty(self) -> list[str]:
        """Properties that examined nothing, and so prove nothing."""
        return [finding.name for finding in self.findings if finding.total == 0]

    def lacking(self, least: Mapping[str, int]) -> list[str]:
        """What was looked at too rarely. `least`: by property, or by `property/kind`."""
        said = []
        for name, wanted in least.items():
            of, _, kind = name.partition("/")
            examined = self.examined(of)
            found = examined.get(kind, 0) if kind else sum(examined.values())
            if found < wanted:
                said.append(f"{name}: {found} examined, {wanted} wanted")
        return said

    def as_json(self) -> dict[str, Any]:
        return {
            "good": not self.violations,
            "violations": [
                {"property": v.property, "action_id": v.action_id, "text": v.text}
                for v in self.violations
            ],
            "states": dict(sorted(self.states.items())),
            "properties": {
                finding.name: {
                    "examined": finding.total,
                    "examined_by_kind": dict(finding.examined),
                    "violations": len(finding.violations),
                }
                for finding in self.findings
            },
        }

    def as_markdown(self) -> str:
        states = ", ".join(f"{state} {count}" for state, count in sorted(self.states.items()))
        lines = [
            f"Actions by last state: {states or 'none'}.",
            "",
            "| property | examined | violations |",
            "|---|---|---|",
        ]
        for finding in self.findings:
            kinds = ", ".join(f"{count} {kind}" for kind, count in finding.examined.items())
            examined = f"{finding.total} ({kinds})" if kinds else "0"
            lines.append(f"| {finding.name} | {examined} | {len(finding.violations)} |")
        for finding in self.findings:
            lines += [
                f"- **{v.property}** {v.action_id}: {v.text}" for v in finding.violations[:SHOWN]
            ]
            if (more := len(finding.violations) - SHOWN) > 0:
                lines.append(f"- **{finding.name}** and {more} more")
        return "\n".join(lines)
