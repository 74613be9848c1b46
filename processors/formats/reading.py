"""Which format an output is in: tried in a fixed order, the first that applies decides.

1. an object or a list (the output itself is JSON), or text that is one      `objects`
2. text, without the model's reasoning: every format looks (`claims`)
   - behind the marks of a family                                            `FAMILIES`
   - at `Action:` and `Action Input:`                                        `react`
   - else at JSON in fenced blocks, and JSON that stands in the text         `blocks`
"""

import re
from dataclasses import replace

import orjson
from pydantic import JsonValue

from processors.formats.claims import read_claims
from processors.formats.confidence import MOST_REPAIRED, assumed
from processors.formats.deepseek import DEEPSEEK
from processors.formats.doubts import told
from processors.formats.family import MOST_ACTIONS, Family, Found
from processors.formats.gemma import GEMMA
from processors.formats.harmony import HARMONY
from processors.formats.json_text import (
    DEEPEST,
    JsonRead,
    claims_json,
    json_at,
    named,
    read_json,
)
from processors.formats.key_pairs import KEY_PAIRS
from processors.formats.marked_json import MARKED_JSON
from processors.formats.objects import read_value, with_reasoning
from processors.formats.proposal import Proposal, Unreadable
from processors.formats.python_calls import PYTHON_CALLS
from processors.formats.reasoning import without_reasoning
from processors.formats.repair import flagged, read_or_repair
from processors.formats.xml_calls import XML_CALLS
from schemas.jsontext import is_deep, may_be_deep

LARGEST_OUTPUT = 262_144
_BRACKET = re.compile(r"[{\[]")
_TOO_DEEP = Unreadable("output_too_deep", f"an output may nest {DEEPEST} levels deep")
FAMILIES: tuple[Family, ...] = (
    MARKED_JSON,
    DEEPSEEK,
    XML_CALLS,
    KEY_PAIRS,
    GEMMA,
    HARMONY,
    PYTHON_CALLS,
)


def read_output(output: JsonValue) -> Found:
    """What the output proposes, in order; empty if it proposes nothing.

    An output over 256 KB, deeper than 32 levels or with more than 50 actions is one `Unreadable`.
    """
    problem = _text_problem(output) if isinstance(output, str) else _value_problem(output)
    if problem is not None:
        return [problem]
    found = read_text(output) if isinstance(output, str) else read_value(output, read_text)
    if len(found) > MOST_ACTIONS:
        return [Unreadable("too_many_actions", f"more than {MOST_ACTIONS} actions")]
    return [_settled(item) if isinstance(item, Proposal) else item for item in found]


def _text_problem(text: str) -> Unreadable | None:
    is_short = len(text) * 4 <= LARGEST_OUTPUT
    return None if is_short else _size_problem(len(text.encode("utf-8", "surrogatepass")))


def _value_problem(value: JsonValue) -> Unreadable | None:
    try:
        text = orjson.dumps(value)
    except TypeError as error:
        if "ecursion" in str(error):
            return _TOO_DEEP
        code = "number_out_of_range" if "nteger" in str(error) else "output_not_json"
        return Unreadable(code, f"no JSON: {error}"[:300])
    if may_be_deep(text, DEEPEST) and is_deep(value, DEEPEST):
        return _TOO_DEEP
    return _size_problem(len(text))


def _size_problem(size: int) -> Unreadable | None:
    if size <= LARGEST_OUTPUT:
        return None
    return Unreadable("output_too_large", f"an output may have {LARGEST_OUTPUT} bytes")


def _settled(proposal: Proposal) -> Proposal:
    """The proposal with its confidence as others may take it."""
    given = proposal.confidence
    if given is not None and not proposal.repaired:
        return proposal
    confidence = assumed(proposal.source) if given is None else given
    if proposal.repaired:
        confidence = min(confidence, MOST_REPAIRED)
    return replace(proposal, confidence=confidence, confidence_assumed=given is None)


def read_text(text: str) -> Found:
    """What a text proposes, in order."""
    stripped = text.strip()
    claimed = claims_json(stripped)
    problem: Unreadable | None = None
    if claimed or stripped[:1] in ("{", "["):
        value = read_or_repair(stripped) if claimed else read_json(stripped)
        if isinstance(value, JsonRead):
            # A text in JSON is no provider's object: what it quotes is not read again.
            return flagged(read_value(value.value, lambda quoted: []), value)
        if claimed:
            problem = named(value, "output_not_json", "")
            if problem.code != "output_not_json" or not _goes_on(stripped):
                # What looks like a call in it may stand in one of its texts.
                return [problem]
    apart = without_reasoning(text)
    found = with_reasoning(_read_meant(apart.meant), apart.thoughts)
    found += told(apart.doubts, _read_meant)
    return found or ([problem] if problem is not None else [])


def _read_meant(text: str) -> Found:
    return read_claims(text, FAMILIES)


def _goes_on(text: str) -> bool:
    """Whether the JSON that a text begins with is whole, and other text follows."""
    bracket = _BRACKET.search(text)
    end = json_at(text, bracket.start()).end if bracket else None
    return end is not None and end < len(text)
