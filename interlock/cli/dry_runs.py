"""What `assess` and `try` decide under: a folder of configuration, as if it were in force."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from interlock.dry_world import World


def world_of(folder: Path | None) -> "World":
    """Settings of the folder, defaults of the environment. A folder that cannot be used is wrong
    use: exit code 2, with one sentence."""
    from datetime import UTC, datetime

    from interlock.cli.differences import visible
    from interlock.config_files import read_config
    from interlock.configured import snapshot_of
    from interlock.dry_world import World
    from interlock.settings import load_settings
    from schemas.faults import ProcessFault

    try:
        settings = load_settings()
        defaults = settings.tenant_defaults()
        wants = read_config(folder or settings.config_dir, demo=True, tenant_defaults=defaults)
    except ProcessFault as fault:
        typer.echo(f"interlock: {visible(fault.text)}", err=True)
        raise typer.Exit(2) from None
    return World(
        settings=snapshot_of(wants),
        now=datetime.now(UTC),
        tenant_defaults=defaults,
        system_enabled=settings.action_system_enabled,
        approval_sla_s=settings.approval_sla_s,
    )
