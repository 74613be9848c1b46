"""`interlock demo`: everything started, the samples played, their changes shown live."""

import os
import sys
from contextlib import closing

import orjson
from pydantic import JsonValue
from rich.console import Console

from interlock.demo.samples import prepare
from interlock.demo.scene import Approver, Follower, Publisher, play
from interlock.demo.show import show
from interlock.demo.story import Story
from interlock.everything import Running, everything
from interlock.keys import local_approver
from interlock.stop_signals import stop_signals, unwinding_on_signals
from launch import CannotStart
from schemas.faults import Fault, PassingFault, ProcessFault

DEADLINE_S = 60.0


def demo(as_json: bool) -> int:
    """Play the samples; with `as_json` end with a report, else stay and show what happens.

    Exit code 0 when every sample action reached the state it should.
    """
    console = Console(stderr=as_json, highlight=False)
    console.print("interlock: starting Kafka, PostgreSQL and the processes …")
    try:
        with unwinding_on_signals(), everything() as running, stop_signals() as stop:
            _greet(console, running)
            with closing(Follower(running.settings.kafka.client_config())) as follower:
                report = _play(console, running, follower)
                if as_json:
                    _print_report(report)
                else:
                    _closing(console, report)
                    while not stop.is_set():
                        if (change := follower.next(0.2)) is not None:
                            show(console, change)
                folder = running.services.state_dir
            console.print("interlock: stopping …")
        console.print(f"interlock: stopped; the data stays in {folder}", soft_wrap=True)
        return 0 if report["ok"] else 1
    except (CannotStart, PassingFault, ProcessFault, TimeoutError) as error:
        text = error.text if isinstance(error, Fault) else error
        print(f"interlock: {text}", file=sys.stderr)
        return 1


def _print_report(report: dict[str, JsonValue]) -> None:
    sys.stdout.write(orjson.dumps(report, option=orjson.OPT_INDENT_2).decode() + "\n")
    sys.stdout.flush()


def _play(console: Console, running: Running, follower: Follower) -> dict[str, JsonValue]:
    kafka = running.settings.kafka.client_config()
    approver = local_approver(running.settings.state_dir)
    samples = prepare()
    story = Story(samples)
    seconds = play(
        story,
        samples,
        follower,
        Publisher(kafka, Approver(approver.actor, approver.key)),
        lambda change: show(console, change),
        DEADLINE_S,
    )
    return {
        **story.report(seconds),
        "kafka": running.services.kafka.origin,
        "postgres": running.services.postgres.origin,
        "restarts": sum(running.supervisor.exits(name) for name in running.supervisor.names),
    }


def _greet(console: Console, running: Running) -> None:
    services = running.services
    console.print(f"  Kafka       {services.bootstrap_servers}  ({services.kafka.origin})")
    console.print(
        f"  PostgreSQL  {services.database_url}  ({services.postgres.origin})", soft_wrap=True
    )
    console.print(f"  plugins     {os.environ['INTERLOCK_PLUGIN_HOST_URL']}")
    console.print(f"  log         {services.state_dir / 'log' / 'interlock.log'}")


def _closing(console: Console, report: dict[str, JsonValue]) -> None:
    actions = report["actions"]
    assert isinstance(actions, list)
    console.print()
    for action in actions:
        assert isinstance(action, dict)
        mark = "[green]ok[/]" if action["reached"] else "[red]not reached[/]"
        states = action["states"]
        assert isinstance(states, list)
        console.print(f"  {action['title']!s:<28} {' → '.join(map(str, states))}  {mark}")
    console.print("\ninterlock: running; state changes are shown as they come. Ctrl-C stops all.")
