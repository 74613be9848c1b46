"""The checker says nothing of the whole product, and names what each sabotage breaks.

Every scenario runs twice, and differs in nothing but the protection that is taken out.
"""

import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.crash.chain import Chain, until
from tests.crash.checker import projected
from tests.crash.independent import Report
from tests.crash.preparation import declare
from tests.crash.sabotage.sabotages import MEETING, SABOTAGES
from tests.crash.sabotage.scene import Scene, new_scene, start
from tests.integration.plugin_server import PluginServer, answer, serving

HELD_S = 1.5
"""How long a plugin waits for a second call that must not come."""

Scenario = Callable[[Scene, str | None, Path], None]
"""(scene, the variant its process runs as, a folder)"""


def aborted_once(scene: Scene, variant: str | None, folder: Path) -> None:
    """A transaction is aborted; behind its record comes another."""
    restart(scene.chain, "draft", variant or "abort_once")
    decided = scene.decided()
    scene.publish()
    until(lambda: scene.decided() > decided, "the first is decided: it is in a batch of its own")
    scene.publish()


def sent_twice(scene: Scene, variant: str | None, folder: Path) -> None:
    """A response is sent again when all is done."""
    restart(scene.chain, "draft", variant)
    key, value = scene.publish()
    until(lambda: ended(scene) == 1, "the action succeeds")
    scene.send("duplicate", key, value, 0)
    scene.publish()


def killed(point: str) -> Scenario:
    """The process dies between its two transactions, and comes back."""

    def scenario(scene: Scene, variant: str | None, folder: Path) -> None:
        restart(scene.chain, "draft", variant, INTERLOCK_CRASH_AT=f"draft.{point}")
        scene.publish()
        scene.chain.wait_killed("draft")
        start(scene.chain, "draft", variant)
        scene.publish()

    return scenario


def two_claim(scene: Scene, variant: str | None, folder: Path) -> None:
    """Two instances look at the queue at once; the plugin must not be called twice."""
    with serving(answers_two_at_once) as plugin:
        tool = f"count-{scene.tenant}"
        declare(scene.chain.bootstrap, scene.tenant, tool, plugin.url, idempotent=False)
        instances = ("execute", "execute-2")
        for instance in {*instances} & scene.chain.instances.keys():
            scene.chain.stop(instance)
        for instance in instances:
            start(scene.chain, "execute", variant or "meet", instance, **{MEETING: str(folder)})
        scene.chain.wait_ready(*instances)
        scene.publish(actions=[{"action_type": tool, "parameters": {"n": 1}, "confidence": 0.95}])
        until(lambda: ended(scene) == 1, "the action succeeds")
        scene.rest()
        scene.called(plugin.requests, idempotent=False)


def answers_two_at_once(server: PluginServer, connection: socket.socket) -> bool:
    """Hold a call open for a while, or until there is another."""
    deadline = time.monotonic() + HELD_S
    while len(server.requests) < 2 and time.monotonic() < deadline:
        server.closing.wait(0.01)
    connection.sendall(answer(200, {"result": {"ok": True}}))
    return True


CASES: dict[str, tuple[Scenario, str]] = {
    "skip_rewind": (aborted_once, "nothing_lost"),
    "emit_on_duplicate": (sent_twice, "ce_id_once"),
    "offsets_outside": (killed("before_produce"), "nothing_lost"),
    "ignore_coordinates": (killed("after_outcome_commit"), "nothing_lost"),
    "claim_without_lock": (two_claim, "effects"),
}
"""sabotage → (scenario, the property it breaks). The last leaves two instances behind."""


def restart(chain: Chain, process: str, variant: str | None, **extra: str) -> None:
    chain.stop(process)
    start(chain, process, variant, **extra)
    chain.wait_ready(process)


def ended(scene: Scene) -> int:
    return list(projected(scene.database, scene.tenant).values()).count("succeeded")


def run(chain: Chain, scenario: Scenario, variant: str | None, folder: Path) -> Report:
    scene = new_scene(chain, folder)
    meeting = folder / f"meeting-{scene.tenant}"
    meeting.mkdir()
    scenario(scene, variant, meeting)
    return scene.check()


@pytest.mark.parametrize("name", CASES)
def test_the_checker_names_what_is_broken_and_spares_what_is_whole(
    own_chain: Chain, name: str, tmp_path: Path
) -> None:
    scenario, broken = CASES[name]
    whole = run(own_chain, scenario, None, tmp_path)
    assert whole.violations == [], whole.as_markdown()
    assert whole.examined(broken), "it was really looked at"
    sabotaged = run(own_chain, scenario, name, tmp_path)
    assert broken in sabotaged.violated, sabotaged.as_markdown()


def test_every_sabotage_has_its_case() -> None:
    assert set(CASES) == set(SABOTAGES)
