"""What a property has to say: how much it looked at, and what it objects to."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Violation:
    property: str
    action_id: str | None
    text: str


@dataclass(slots=True)
class Finding:
    """One property's. `examined` counts by kind of thing, so that an empty check is seen."""

    name: str
    examined: Counter[str] = field(default_factory=Counter)
    violations: list[Violation] = field(default_factory=list)

    @property
    def total(self) -> int:
        return sum(self.examined.values())

    def saw(self, kind: str, count: int = 1) -> None:
        self.examined[kind] += count

    def object(self, action_id: str | None, text: str) -> None:
        self.violations.append(Violation(self.name, action_id, text))

    def expect(self, good: bool, action_id: str | None, text: str) -> None:
        if not good:
            self.object(action_id, text)
