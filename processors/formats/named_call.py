"""One call whose name and parameters were read from a text that is not JSON."""

import re
from collections.abc import Mapping
from types import MappingProxyType

from processors.formats.limits import beyond_limits
from processors.formats.proposal import JsonDict, Proposal, Unreadable

TOOL_NAME = re.compile(r"\w[\w.:/-]{0,127}")


def named_call(
    name: str, params: JsonDict, source: str, texts: Mapping[str, str] = MappingProxyType({})
) -> Proposal | Unreadable:
    """The call, or what is wrong with it: a name that is none, or parameters beyond the limits
    that hold for every format."""
    if not TOOL_NAME.fullmatch(name):
        return Unreadable("action_name_unreadable", "the name of a call is not one tool's name")
    problem = beyond_limits(params, "")
    return problem or Proposal(name, params, None, None, source, texts=texts)
