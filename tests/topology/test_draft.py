"""What a model writes becomes actions that go through the whole chain, and nothing else does."""

from dataclasses import replace

import pytest
from pydantic import JsonValue

from processors.repeats import WINDOW
from schemas.events import Drafted, StateChanged
from schemas.names import DecisionType, TenantId, Topic
from schemas.settings import Flag
from schemas.states import State
from tests.topology.chain_in_memory import TASK, Chain, Person

PARAMS: dict[str, JsonValue] = {"titulo": "Revisar", "descripcion": "ventas", "prioridad": "alta"}
JSON = '{"titulo": "Revisar", "descripcion": "ventas", "prioridad": "alta"}'
QUOTED = JSON.replace('"', '\\"')
CALL = f'{{"name": "create_task", "arguments": {JSON}}}'
KEYWORDS = 'titulo="Revisar", descripcion="ventas", prioridad="alta"'
PAIRS = "".join(
    f"<arg_key>{key}</arg_key>\n<arg_value>{value}</arg_value>\n" for key, value in PARAMS.items()
)
XML = "".join(f"<parameter={key}>\n{value}\n</parameter>\n" for key, value in PARAMS.items())
INVOKE = "".join(f'<parameter name="{key}">{value}</parameter>' for key, value in PARAMS.items())
GEMMA = ",".join(f'{key}:<|"|>{value}<|"|>' for key, value in PARAMS.items())

FORMATS: dict[str, tuple[JsonValue, str]] = {
    "documented": ({"actions": [{"action_type": "create_task", "parameters": PARAMS}]}, "json"),
    "near": ({"action": {"tool": "create_task", "args": JSON}}, "json"),
    "bare list": ([{"name": "create_task", "input": PARAMS}], "json"),
    "json text": (f'{{"actions": [{CALL}]}}', "json"),
    "openai chat": (
        {
            "choices": [
                {
                    "message": {
                        "tool_calls": [
                            {
                                "type": "function",
                                "function": {"name": "create_task", "arguments": JSON},
                            }
                        ]
                    }
                }
            ]
        },
        "tool_call",
    ),
    "openai responses": (
        {"output": [{"type": "function_call", "name": "create_task", "arguments": JSON}]},
        "tool_call",
    ),
    "anthropic": (
        {"content": [{"type": "tool_use", "name": "create_task", "input": PARAMS}]},
        "tool_call",
    ),
    "gemini": (
        {
            "candidates": [
                {"content": {"parts": [{"functionCall": {"name": "create_task", "args": PARAMS}}]}}
            ]
        },
        "tool_call",
    ),
    "mcp": (
        {"method": "tools/call", "params": {"name": "create_task", "arguments": PARAMS}},
        "tool_call",
    ),
    "react": (f"Thought: hay que mirar\nAction: create_task\nAction Input: {JSON}", "react"),
    "fenced": (f'Claro.\n```json\n{{"actions": [{CALL}]}}\n```\n', "text"),
    "embedded": (f"Propongo {CALL} y nada más.", "text"),
    "hermes": (f"<tool_call>\n{CALL}\n</tool_call>", "tool_call"),
    "llama 3": (f"<|python_tag|>{CALL}", "tool_call"),
    "mistral": (f"[TOOL_CALLS] [{CALL}]", "tool_call"),
    "mistral, named": (f"[TOOL_CALLS]create_task[ARGS]{JSON}", "tool_call"),
    "deepseek": (
        "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>create_task\n"
        f"```json\n{JSON}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>",
        "tool_call",
    ),
    "granite": (f"<|tool_call|>[{CALL}]", "tool_call"),
    "phi-4": (f"functools[{CALL}]", "tool_call"),
    "jamba": (f"<tool_calls>[{CALL}]</tool_calls>", "tool_call"),
    "internlm": (f"<|action_start|><|plugin|>{CALL}<|action_end|>", "tool_call"),
    "qwen3-coder": (
        f"<tool_call>\n<function=create_task>\n{XML}</function>\n</tool_call>",
        "tool_call",
    ),
    "invoke": (f'<invoke name="create_task">{INVOKE}</invoke>', "tool_call"),
    "glm": (f"<tool_call>create_task\n{PAIRS}</tool_call>", "tool_call"),
    "gemma": (f"<|tool_call>call:create_task{{{GEMMA}}}<tool_call|>", "tool_call"),
    "python": (f"[create_task({KEYWORDS})]", "tool_call"),
}

NOTHING: dict[str, JsonValue] = {
    "prose": "I could call create_task, but there is nothing to do.",
    "thinking": f"<think><tool_call>{CALL}</tool_call></think>No hace falta nada.",
    "an example": f"You could write for example:\n```json\n{CALL}\n```\n",
    "code": "```python\ncreate_task(titulo='x')\n```",
    "echoed result": f"<tool_response>{CALL}</tool_response> Hecho.",
    "final answer": "Thought: ya está\nFinal Answer: nada que hacer",
    "quoted": f"> {CALL}\n\nEso escribió el cliente.",
    "an empty list": {"actions": []},
}


def drafted(chain: Chain) -> list[Drafted]:
    return [event for event in chain.events(Topic.DRAFTED) if isinstance(event, Drafted)]


def invalid(chain: Chain) -> list[StateChanged]:
    return [change for change in chain.changes if change.state is State.INVALID]


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_becomes_an_action_that_goes_through_the_chain(
    chain: Chain, name: str
) -> None:
    output, source = FORMATS[name]
    action = chain.respond(output=output)
    [event] = drafted(chain)
    assert (event.tool, event.params, event.source) == ("create_task", PARAMS, source)
    assert event.tool_version == "1.0.0"
    assert chain.states(action)[:2] == [State.DRAFTED, State.PENDING_APPROVAL]


@pytest.mark.parametrize("name", NOTHING)
def test_what_only_talks_about_calls_is_nothing(chain: Chain, name: str) -> None:
    chain.respond(output=NOTHING[name])
    assert (drafted(chain), chain.changes) == ([], [])


# --- names ---------------------------------------------------------------------------------


def test_a_close_name_never_runs_and_is_suggested(chain: Chain) -> None:
    action = chain.respond({**TASK, "action_type": "createTask"})
    assert chain.states(action) == [State.DRAFTED, State.MANUAL]
    [error] = [error for change in chain.changes for error in change.errors]
    assert (error.code, error.expected) == ("tool_unknown", "create_task")


def test_candidates_are_tried_in_order_when_the_catalog_lacks_the_name(chain: Chain) -> None:
    chain.respond({**TASK, "action_type": "nothing_like_it"}, tool_candidates=["no", "create_task"])
    [event] = drafted(chain)
    assert (event.tool, event.degraded_from) == ("create_task", "nothing_like_it")


def test_without_the_router_only_literal_names_count(chain: Chain) -> None:
    off = {"react-action-router": Flag(enabled=False)}
    chain.snapshot = replace(chain.snapshot, flags=off)
    action = chain.respond({**TASK, "action_type": "nothing"}, tool_candidates=["create_task"])
    assert chain.states(action) == [State.DRAFTED, State.MANUAL]


def test_a_model_may_not_choose_a_version(chain: Chain) -> None:
    action = chain.respond({**TASK, "action_type": "create_task@1.0.0"})
    assert chain.states(action) == [State.DRAFTED, State.MANUAL]


# --- what is wrong is said -----------------------------------------------------------------


def test_the_same_invalid_proposal_again_is_told_as_repeated(chain: Chain) -> None:
    wrong: JsonValue = {**TASK, "parameters": {"titulo": 3}}
    other: JsonValue = {**TASK, "parameters": {"titulo": 4}}
    chain.respond(wrong, wrong)
    chain.respond(other)
    chain.respond(wrong)
    assert [change.repeats for change in invalid(chain)] == [0, 1, 0, 2]
    chain.clock.advance(WINDOW.total_seconds() + 1)
    chain.respond(wrong)
    assert invalid(chain)[-1].repeats == 0


def test_another_tenants_proposal_is_no_repetition(chain: Chain) -> None:
    wrong: JsonValue = {**TASK, "parameters": {"titulo": 3}}
    chain.respond(wrong)
    chain.respond(wrong, tenant_id=TenantId("acme"))
    assert [change.repeats for change in invalid(chain)] == [0, 0]


def test_an_unreadable_output_again_is_repeated_too(chain: Chain) -> None:
    for _ in range(2):
        chain.respond(output={"actions": 5})
    assert [change.repeats for change in invalid(chain)] == [0, 1]


def test_errors_come_back_with_the_state_change(chain: Chain) -> None:
    chain.respond({**TASK, "parameters": {**PARAMS, "prioridad": "ALTA"}})
    [change] = invalid(chain)
    [error] = change.errors
    assert (error.pointer, error.rule, error.given) == ("/prioridad", "enum", '"ALTA"')


# --- traces and times ----------------------------------------------------------------------


def test_an_action_without_a_trace_halts_until_somebody_supplies_it(chain: Chain) -> None:
    ana = Person("ana@example.com")
    chain.snapshot = replace(chain.snapshot, approvers={ana.kid: ana.approver})
    action = chain.respond(TASK, trace_id=None)
    assert chain.states(action) == [State.DRAFTED, State.HALTED]
    trace = "0af7651916cd43dd8448eb211c80319c"
    ana.decide(chain, DecisionType.RESOLVE, action, params={"trace_id": trace})
    assert chain.answers() == [("applied", "applied")]
    assert chain.states(action) == [
        State.DRAFTED,
        State.HALTED,
        State.SUPERSEDED,
        State.DRAFTED,
        State.AUTO_APPROVED,
        State.EXECUTING,
        State.SUCCEEDED,
    ]
    assert [event.trace_id for event in drafted(chain)] == [None, trace]
