"""The `interlock` command. Subcommands live one file each and are imported when called, so
that a process starts with what it needs and no more."""

import importlib
import sys

import typer
import typer.main

from launch.faults import CannotStart
from schemas.faults import Fault

HELP = "The gate between language models and the systems they want to change."

COMMANDS: dict[str, tuple[str, str]] = {
    "run": ("interlock.cli.run", "Run one process, or all of them under a supervisor."),
    "demo": ("interlock.cli.demo", "Start everything, publish samples, show what happens."),
    "draft": ("interlock.cli.draft", "Read model outputs of standard input, as draft does."),
    "assess": ("interlock.cli.assess", "Read actions of standard input, as assess does."),
    "try": ("interlock.cli.try_out", "Explain what would happen to a response; changes nothing."),
    "topics": ("interlock.cli.topics", "Make the cluster's topics match topics.yaml."),
    "config": ("interlock.cli.config", "Publish configuration to the control topic."),
    "rollout": ("interlock.cli.rollout", "Advance or hold the staged rollout."),
    "catalog": ("interlock.cli.catalog", "Check the tools there are; read other catalogs."),
    "policy": ("interlock.cli.policy", "Check, test and explain rules about actions."),
    "schemas": ("interlock.cli.schemas", "Generate and check the Avro schemas."),
    "keys": ("interlock.cli.keys", "Make signing keys."),
    "doctor": ("interlock.cli.doctor", "Say what is missing, with the remedy."),
    "migrate": ("interlock.cli.migrate", "Bring the database to the newest migration."),
}
"""name → (module with a typer `app`, one line of help)."""


def main() -> None:
    """Entry point. Exit codes: 0 fine, 1 the finding is negative, 2 usage."""
    name = sys.argv[1] if len(sys.argv) > 1 else "--help"
    if name in COMMANDS:
        module = importlib.import_module(COMMANDS[name][0])
        command = typer.main.get_command(module.app)
        try:
            command(args=sys.argv[2:], prog_name=f"interlock {name}")
        except (Fault, CannotStart) as fault:
            typer.echo(f"interlock: {fault.text if isinstance(fault, Fault) else fault}", err=True)
            raise SystemExit(1) from None
        return
    if name in ("--help", "-h", "help"):
        typer.echo(f"{HELP}\n\nUsage: interlock COMMAND [OPTIONS]\n\nCommands:")
        for command_name, (_, line) in COMMANDS.items():
            typer.echo(f"  {command_name:<9} {line}")
        raise SystemExit(0)
    typer.echo(f"interlock: no command `{name}`; `interlock --help` lists them", err=True)
    raise SystemExit(2)
