"""Calls written as tags, one for the call and one for each parameter.

    <function=get_weather>                    <invoke name="get_weather">
    <parameter=city>                          <parameter name="city">Paris</parameter>
    Paris                                     </invoke>
    </parameter>
    </function>

It looks like XML and is not: values are raw, may hold any `<`, and end at their closing tag. A
wrapper such as `<tool_call>` says nothing that the tags do not, and models forget it, so it is
passed over. Between its tags a call holds white space only. Where that is broken, nobody can
tell where a value ends and what is the model's next call: nothing behind it is read.
"""

import re
from typing import NamedTuple

from pydantic import JsonValue

from processors.formats.family import Family, Found
from processors.formats.json_text import JsonRead, read_json
from processors.formats.marks import Block, ReadBlock, past_space, read_marked
from processors.formats.named_call import named_call
from processors.formats.proposal import JsonDict, Unreadable
from processors.formats.surface import Surface
from processors.formats.unmatched import if_matched, read_unmatched
from processors.formats.untyped import untyped, without_layout

SOURCE = "xml_calls"
_EQUALS_NAME = re.compile(r"=(?P<name>[^<>]*)(?P<string>)")
_ATTRIBUTES = re.compile(
    r"""\s+name\s*=\s*(["'])(?P<name>[^<>"']*)\1"""
    r"""(?:\s+string\s*=\s*(["'])(?P<string>true|false)\3)?\s*"""
)


class Form(NamedTuple):
    """Tags of one form. A tag's name is followed by what `attributes` reads."""

    prefix: str
    call: str
    parameter: str
    attributes: re.Pattern[str]
    opening: str
    """How a call begins, as far as it tells the call from any other tag."""


def _invoke(prefix: str) -> Form:
    call = f"{prefix}invoke"
    return Form(prefix, call, f"{prefix}parameter", _ATTRIBUTES, f"<{call} name")


FORMS = (
    # Qwen3-Coder, Nemotron, Seed-OSS, Step-3.5
    Form("", "function", "parameter", _EQUALS_NAME, "<function="),
    _invoke(""),  # MiniMax-M2
    _invoke("atem:"),  # Muse
    _invoke("steptml:"),  # Step-3
    _invoke("antml:"),  # Claude
    _invoke("｜DSML｜"),  # DeepSeek-V3.2
    _invoke("|DSML|"),  # the same, where a gateway rewrote the wide bars
)


class _Tag(NamedTuple):
    name: str
    string: str | None
    end: int


class _Parameter(NamedTuple):
    name: str
    value: JsonValue
    text: str | None
    """As it was written, if its type was not said."""
    end: int


def read_xml_calls(surface: Surface) -> Found:
    """The calls, in order."""
    return if_matched(read_marked(surface, _READERS | _UNMATCHED))


def _call(text: str, at: int, form: Form) -> Block:
    """`at`: behind the call tag's own name."""
    tag = _tag(text, at, form)
    if tag is None:
        return _broken("the tag of a call cannot be read")
    params: JsonDict = {}
    texts: dict[str, str] = {}
    repeated = False
    at = past_space(text, tag.end)
    while text.startswith(f"<{form.parameter}", at):
        parameter = _parameter(text, at, form)
        if parameter is None:
            return _broken("a parameter has no readable tag, or is not closed")
        repeated |= parameter.name in params
        params[parameter.name] = parameter.value
        if parameter.text is not None:
            texts[parameter.name] = parameter.text
        at = past_space(text, parameter.end)
    closing = f"</{form.call}>"
    if not text.startswith(closing, at):
        return _broken(f"expected a parameter or {closing}")
    if repeated:
        problem = Unreadable("parameters_ambiguous", "a parameter is given twice")
        return Block([problem], at + len(closing))
    return Block([named_call(tag.name, params, SOURCE, texts)], at + len(closing))


def _broken(problem: str) -> Block:
    return Block([Unreadable("call_not_closed", problem)], None)


def _parameter(text: str, at: int, form: Form) -> _Parameter | None:
    opening, closing = f"<{form.parameter}", f"</{form.parameter}>"
    tag = _tag(text, at + len(opening), form)
    if tag is None or not tag.name:
        return None
    end = text.find(closing, tag.end)
    raw = text[tag.end : end]
    if end < 0 or opening in raw or f"</{form.call}>" in raw:
        return None
    value = _said(raw, tag.string)
    following = end + len(closing)
    if value is None:
        return _Parameter(tag.name, untyped(raw), without_layout(raw), following)
    return _Parameter(tag.name, value.value, None, following)


def _tag(text: str, at: int, form: Form) -> _Tag | None:
    """What stands between a tag's own name and its `>`."""
    end = text.find(">", at)
    match = form.attributes.fullmatch(text, at, end) if end >= 0 else None
    return match and _Tag(match["name"].strip(), match["string"] or None, end + 1)


def _said(raw: str, string: str | None) -> JsonRead | None:
    """The value where its type is said: DSML's `string="true"` means text as it stands, `false`
    that it is JSON."""
    if string == "true":
        return JsonRead(raw)
    found = read_json(raw) if string == "false" else None
    return found if isinstance(found, JsonRead) else None


def _reader(form: Form) -> ReadBlock:
    behind_name = len(f"<{form.call}") - len(form.opening)
    return lambda text, at: _call(text, at + behind_name, form)


_READERS = {form.opening: _reader(form) for form in FORMS}
_UNMATCHED: dict[str, ReadBlock] = {f"</{form.parameter}>": read_unmatched for form in FORMS}

XML_CALLS = Family(SOURCE, tuple(_READERS), read_xml_calls)
