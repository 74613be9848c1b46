"""What happened to the samples: states as they come in, and whether each action got where it
should. Pure: fed by whoever follows the topic."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from pydantic import JsonValue

from interlock.demo.samples import Expected, Published
from schemas.events import StateChanged
from schemas.names import ActionId, DecisionType
from schemas.states import State


@dataclass
class ActionStory:
    """One action's transitions, kept in the order of their sequence."""

    expected: Expected
    response_id: str
    changes: list[StateChanged] = field(default_factory=list)
    decided: bool = False

    @property
    def state(self) -> State | None:
        return self.changes[-1].state if self.changes else None

    @property
    def reached(self) -> bool:
        return self.state is self.expected.ends

    def add(self, change: StateChanged) -> None:
        if all(change.sequence != known.sequence for known in self.changes):
            self.changes.append(change)
            self.changes.sort(key=lambda item: item.sequence or 0)

    def wants(self) -> DecisionType | None:
        """The decision a person should take now, once."""
        if self.state is State.PENDING_APPROVAL and not self.decided:
            return self.expected.decision
        return None


class Story:
    def __init__(self, published: Sequence[Published]) -> None:
        self.actions: dict[ActionId, ActionStory] = {
            action: ActionStory(expected, str(item.response["response_id"]))
            for item in published
            for action, expected in item.actions.items()
        }
        self.answers: list[StateChanged] = []

    def add(self, change: StateChanged) -> ActionStory | None:
        """Take one event; the action's story if it is one of ours."""
        if change.action_id is None or change.action_id not in self.actions:
            return None
        story = self.actions[change.action_id]
        if change.kind == "answer":
            self.answers.append(change)
        else:
            story.add(change)
        return story

    @property
    def complete(self) -> bool:
        """Every action is where it should be, and every decision taken was answered."""
        taken = sum(story.decided for story in self.actions.values())
        return len(self.answers) >= taken and all(s.reached for s in self.actions.values())

    def report(self, seconds: float) -> dict[str, JsonValue]:
        """The JSON report that `make run ONCE=1` ends with."""
        return {
            "ok": self.complete,
            "seconds": round(seconds, 2),
            "actions": [_told(action, story) for action, story in self.actions.items()],
            "answers": [
                {"decision_id": a.decision_id, "action_id": a.action_id, "answer": a.answer}
                for a in self.answers
            ],
        }


def _told(action: ActionId, story: ActionStory) -> dict[str, JsonValue]:
    last = story.changes[-1] if story.changes else None
    return {
        "action_id": action,
        "response_id": story.response_id,
        "title": story.expected.title,
        "states": [change.state.value for change in story.changes if change.state],
        "expected": story.expected.ends.value,
        "reached": story.reached,
        "decision": story.expected.decision.value if story.expected.decision else None,
        "reason": last.reason.code if last and last.reason else None,
        "result": last.result_summary if last else None,
    }
