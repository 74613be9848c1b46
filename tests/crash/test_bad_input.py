"""Whatever comes in ends as a dead letter or as a state with a reason; the stage goes on.

Everything bad is published at once, each record before a good one of the same tenant and so
of the same partition. Then one test each looks at how it ended.
"""

import hashlib
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from confluent_kafka import KafkaError, Message, Producer
from joserfc.jwk import OKPKey

from interlock.keys import LOCAL_ACTOR, ensure_local_keys, load_key, new_key
from processors.signatures import signed_decision
from schemas.codec import encode, encode_json
from schemas.events import Decision, StateChanged
from schemas.identity import action_id
from schemas.names import ActionId, DecisionType, TenantId, Topic
from schemas.states import State
from streams.clients import producer
from tests.crash.bad_records import (
    BAD_EVENTS,
    BAD_RESPONSES,
    UNUSABLE,
    Bad,
    Headers,
    Unusable,
    approved,
)
from tests.crash.chain import Chain, response, task
from tests.crash.checker import effects, header, projected
from tests.crash.following import Following, Letter, Place, following
from tests.crash.preparation import STRANGER, elsewhere_key

DEADLINE_S = 60.0
KEPT = 65_536
RAN = [State.DRAFTED, State.AUTO_APPROVED, State.EXECUTING, State.SUCCEEDED]
STOCK = {
    "action_type": "update_inventory",
    "parameters": {"sku": "sku-17", "cantidad": 5, "motivo": "Reposición"},
    "confidence": 0.95,
}
DEAD_LETTERS = [topic.dlq for topic in Topic if topic is not Topic.SETTINGS]
