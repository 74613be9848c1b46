"""One output in every format draft reads, each proposing the same `create_task`, and outputs that
only talk about calls."""

from pydantic import JsonValue

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
