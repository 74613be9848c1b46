"""The table a newcomer reads is the chain that runs."""

import pytest

from interlock.iam import NO_IAM
from interlock.pipeline import PIPELINE
from interlock.processes import NAMES, STAGES
from interlock.settings import Settings
from processors.snapshot import Snapshot
from schemas.names import Topic


@pytest.mark.parametrize("name", PIPELINE)
def test_a_stage_is_what_its_row_says(name: str) -> None:
    stage = PIPELINE[name].build(Settings(), Snapshot, lambda: True, NO_IAM)
    assert stage.name == name
    assert tuple(stage.topics) == PIPELINE[name].reads
    assert callable(PIPELINE[name].core.process)


def test_every_stage_has_a_process() -> None:
    assert {*STAGES, "settle"} == set(PIPELINE)
    assert set(STAGES) < set(NAMES)


def test_every_topic_but_settings_and_those_others_write_has_one_writer() -> None:
    writers: dict[Topic, list[str]] = {}
    for name, hop in PIPELINE.items():
        for topic in hop.writes:
            writers.setdefault(topic, []).append(name)
    shared = writers.pop(Topic.STATE_CHANGED)
    assert sorted(shared) == sorted(PIPELINE)
    # What changes what would run goes through assessment again: the one entrance has two writers.
    assert writers.pop(Topic.DRAFTED) == ["draft", "approve"]
    assert all(len(names) == 1 for names in writers.values())
