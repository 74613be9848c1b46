"""Commands that look at settings: those in force, followed while the command runs, or those the
files would put in force. Exit code 2: the command's own configuration is wrong."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from interlock.configuration import Configuration
    from processors.snapshot import Snapshot


def with_configuration(run: "Callable[[Configuration], int]") -> int:
    """The exit code of `run`; 1 when the control topic cannot be read or written."""
    from interlock.cli.differences import visible
    from interlock.configuration import Configuration
    from interlock.keys import load_admin_keys
    from interlock.settings import load_settings
    from schemas.faults import PassingFault, ProcessFault, RecordFault

    try:
        settings = load_settings()
        kafka = settings.kafka.client_config()
        trusted = load_admin_keys(settings.admin_keys_file)
    except ProcessFault as fault:
        typer.echo(f"interlock: {fault.text}", err=True)
        return 2
    try:
        with Configuration(kafka, trusted) as configuration:
            return run(configuration)
    except (PassingFault, ProcessFault, RecordFault) as fault:
        typer.echo(f"interlock: {visible(fault.text)}", err=True)
        return 1


def from_files(look: "Callable[[Snapshot], int]") -> int:
    """The exit code of `look` at plugins and definitions as the files say them."""
    from interlock.config_files import read_config
    from interlock.settings import load_settings
    from processors.snapshot import Snapshot
    from schemas.faults import ProcessFault
    from schemas.names import SettingKind
    from schemas.settings import ActionDefinition, PluginSpec

    try:
        wants = read_config(load_settings().config_dir)
    except ProcessFault as fault:
        typer.echo(f"interlock: {fault.text}", err=True)
        return 2
    of_kind = {kind: [w for w in wants if w.kind is kind] for kind in SettingKind}
    plugins = {w.key: PluginSpec.model_validate(w.value) for w in of_kind[SettingKind.PLUGIN]}
    definitions = {
        w.key: ActionDefinition.model_validate(w.value) for w in of_kind[SettingKind.DEFINITION]
    }
    return look(Snapshot(plugins=plugins, definitions=definitions))
