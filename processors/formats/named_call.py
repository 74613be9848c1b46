"""One call whose name and parameters were read from a text that is not JSON.

What a reader put together itself is held to what JSON on a topic is held to, so that no format
lets through what another refuses.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

from processors.formats.proposal import JsonDict, Proposal, Unreadable
from schemas import jsontext
from schemas.faults import RecordFault

TOOL_NAME = re.compile(r"\w[\w.:/-]{0,127}")


def named_call(
    name: str, params: JsonDict, source: str, texts: Mapping[str, str] = MappingProxyType({})
) -> Proposal | Unreadable:
    """The call, or what is wrong with it: a name that is none; a lone surrogate, NaN, an
    integer beyond 64 bits, or more than 64 levels among its parameters."""
    if not TOOL_NAME.fullmatch(name):
        return Unreadable("action_name_unreadable", "the name of a call is not one tool's name")
    try:
        jsontext.dumps(params, "parameters")
    except RecordFault as fault:
        return Unreadable("parameters_not_json", f"{name}: {fault}"[:300])
    return Proposal(name, params, None, None, source, texts=texts)
