"""What parameters hold that nobody else is to read never shows where everybody reads."""

from collections.abc import Iterator
from dataclasses import replace

import orjson
import pytest
import structlog
from pydantic import JsonValue

from interlock.logs import configure_logs
from interlock.settings import LogFormat, Settings
from processors.effects import Answered, CallOutcome, Refused, Unclear
from schemas.codec import encode
from schemas.events import Executed, StateChanged
from schemas.ledger import Claimed
from schemas.names import DecisionType, Topic
from schemas.states import State
from tests.topology.chain_in_memory import TASK, Chain, Person
from tests.topology.conftest import plugin

IBAN = "ES91 2100 0418 4502 0005 1332"
KEY = "AKIAIOSFODNN7EXAMPLE"
MAIL = "eva.martin@cliente.example"
CARD = "4111 1111 1111 1111"
DIAGNOSIS = "lumbalgia crónica"
"""Nothing any pattern knows: the catalog tags it."""
NEVER_SHOWN = (IBAN, IBAN.replace(" ", ""), KEY, MAIL, "eva.martin", CARD, DIAGNOSIS)
SAID = f"pagar a {IBAN} con {CARD}, avisar a {MAIL}, clave {KEY}"


@pytest.fixture(autouse=True)
def _logs() -> Iterator[None]:
    configure_logs(Settings(log_format=LogFormat.JSON))
    yield
    structlog.reset_defaults()


@pytest.fixture
def ana() -> Person:
    return Person("ana@example.com")


@pytest.fixture
def tagged(chain: Chain, ana: Person) -> Chain:
    """`create_task` tags to whom it is given; ana approves."""
    entry = plugin("create_task", sensitive_parameters={"/asignado_a": "medical"})
    plugins = {**chain.snapshot.plugins, "create_task": entry}
    chain.snapshot = replace(chain.snapshot, plugins=plugins, approvers={ana.kid: ana.approver})
    return chain


def shown(changes: list[StateChanged]) -> str:
    """All that lists, notifications and logs take of a state change."""
    return "\n".join(
        orjson.dumps(
            change.model_dump(
                mode="json",
                include={"reason", "failure_reason", "errors", "result_summary", "tool"},
            )
        ).decode()
        for change in changes
    )


def assert_hidden(text: str) -> None:
    plain = text.encode().decode("unicode_escape", "ignore") + text
    assert [secret for secret in NEVER_SHOWN if secret in plain] == []


def task(**params: JsonValue) -> JsonValue:
    said = TASK["parameters"]
    assert isinstance(said, dict)
    return {**TASK, "parameters": {**said, **params}}


@pytest.mark.parametrize(
    "params",
    [
        {"prioridad": SAID},
        {"prioridad": [SAID, {"clave": KEY}]},
        {"titulo": {"iban": IBAN, "card": CARD}},
        {"asignado_a": [DIAGNOSIS, MAIL]},
        {"asignado_a": DIAGNOSIS * 40},
        {f"campo {MAIL}": 1},
        {"titulo": "x" * 100 + f" {KEY} " + "y" * 5_000},
        {"titulo": 7, "descripcion": [DIAGNOSIS], "asignado_a": DIAGNOSIS},
        {"password": "lumbalgia crónica"},
    ],
)
def test_errors_of_an_invalid_proposal_show_none_of_it(
    tagged: Chain, params: dict[str, JsonValue]
) -> None:
    tagged.respond(task(**params))
    (change,) = tagged.changes
    assert change.state is State.INVALID
    assert change.errors
    assert all(error.pointer for error in change.errors)
    assert_hidden(shown([change]))


def test_an_error_still_says_which_rule_and_what_was_expected(tagged: Chain) -> None:
    tagged.respond(task(prioridad=f"avisar a {MAIL}"))
    (error,) = tagged.changes[0].errors
    assert (error.pointer, error.rule) == ("/prioridad", "enum")
    assert error.text == "the value does not keep the rule `enum`"
    assert error.given == '"avisar a e***@cliente.example"'
    assert "alta" in str(error.expected)
    tagged.respond(task(prioridad="mucha"))
    (plain,) = tagged.changes[1].errors
    assert plain.given == '"mucha"'
    assert "mucha" in plain.text


@pytest.mark.parametrize(
    "output",
    [
        {"actions": [{**TASK, "action_type": f"avisa_{MAIL}"}]},
        {"actions": [{**TASK, "action_type": MAIL}]},
        f'{{"actions": [{{"action_type": "create_task", "parameters": {{"iban": "{IBAN}",,}}}}]}}',
        f'{{"actions": "{KEY} {MAIL}"}}',
        {"actions": [{**TASK, "not_before": f"mañana, {MAIL}"}]},
    ],
)
def test_names_and_texts_that_cannot_be_read_are_told_masked(
    tagged: Chain, output: JsonValue
) -> None:
    tagged.respond(output=output)
    told = [change.model_copy(update={"tool": None}) for change in tagged.changes]
    assert_hidden(shown(told))


def refuses(claimed: Claimed) -> CallOutcome:
    return Refused("http_422", f"cannot: {claimed.action.params} ({SAID})")


def gives_up(claimed: Claimed) -> CallOutcome:
    return Unclear("http_500", f"broke at {DIAGNOSIS}: {SAID}")


def echoes(claimed: Claimed) -> CallOutcome:
    return Answered({"done": True, "echo": claimed.action.params, DIAGNOSIS: [SAID]})


@pytest.mark.parametrize(
    ("tool", "ends"),
    [
        (refuses, State.FAILED),
        (gives_up, State.OUTCOME_UNKNOWN),
        (echoes, State.SUCCEEDED),
    ],
)
def test_how_it_ended_is_told_without_it(
    tagged: Chain, ana: Person, capsys: pytest.CaptureFixture[str], tool: object, ends: State
) -> None:
    tagged.caller.tool = tool  # type: ignore[assignment]
    action = tagged.respond(task(descripcion=SAID, asignado_a=DIAGNOSIS))
    ana.decide(tagged, DecisionType.APPROVE, action)
    assert tagged.states(action)[-1] is ends
    assert_hidden(shown(tagged.changes))
    assert_hidden(capsys.readouterr().out)
    (executed,) = tagged.events(Topic.EXECUTED)
    assert isinstance(executed, Executed)
    # Who approves, and the model that goes on, see what there is.
    assert executed.params["asignado_a"] == DIAGNOSIS
    if ends is State.SUCCEEDED:
        assert DIAGNOSIS in encode(executed).decode(errors="replace")
        assert tagged.changes[-1].result_summary is not None
        assert '"done":true' in tagged.changes[-1].result_summary
    else:
        assert executed.failure_reason is not None
        assert_hidden(executed.failure_reason.text)


def test_a_summary_is_not_told_where_nobody_knows_the_tags_any_more(
    tagged: Chain, ana: Person
) -> None:
    def gone(claimed: Claimed) -> CallOutcome:
        tagged.snapshot = replace(tagged.snapshot, plugins={})
        return echoes(claimed)

    tagged.caller.tool = gone
    action = tagged.respond(task(asignado_a=DIAGNOSIS))
    ana.decide(tagged, DecisionType.APPROVE, action)
    assert tagged.changes[-1].result_summary == "***"


def test_a_result_without_anything_sensitive_is_summed_up_as_it_is(tagged: Chain) -> None:
    tagged.caller.tool = lambda claimed: Answered({"task_id": 7, "url": "https://x.example/7"})
    tagged.respond(TASK)
    assert tagged.changes[-1].result_summary == '{"task_id":7,"url":"https://x.example/7"}'
