"""Action definitions and tenants' settings, as their tables show them.

`control.settings` has one partition, so its records come in order; the version (a record's
offset) guards the rows all the same, since a rebuild may run beside the sink.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from sqlalchemy import Connection, Table, delete, update
from sqlalchemy.dialects.postgresql import insert

from schemas.events import JsonObject
from schemas.faults import RecordFault
from schemas.names import SettingKind
from schemas.settings import ActionDefinition, TenantSettings
from sinks.project.rows import definition_id
from sinks.project.told import Configured
from state.engine import text_refused
from state.tables import action_definitions, tenant_action_settings

M = TypeVar("M", bound=BaseModel)


def write_configured(connection: Connection, changes: Sequence[Configured]) -> None:
    """Apply changes in the order of their versions.

    Raises:
        RecordFault: `setting_invalid`: the value is not what its kind says, or its key names
            another definition; the row stays as it was.
    """
    with text_refused():
        for change in changes:
            _WRITERS[change.setting.kind](connection, change)


def _definition(connection: Connection, change: Configured) -> None:
    setting, table = change.setting, action_definitions
    common = {"settings_version": change.version, "updated_at": setting.at}
    if setting.value is None:
        connection.execute(
            update(table)
            .where(table.c.action_type == setting.key, _older(table, change))
            .values(is_active=False, **common)
        )
        return
    definition = _parsed(ActionDefinition, setting.value)
    if definition.action_type != setting.key:
        raise RecordFault("setting_invalid", "the key is not the definition's action_type")
    values = definition.model_dump(
        include={
            "name",
            "description",
            "category",
            "requires_approval",
            "impact_level",
            "rollback_supported",
            "config_schema",
            "ui_component",
            "is_active",
        }
    )
    _upsert(
        connection,
        action_definitions,
        change,
        {"action_type": setting.key},
        {**values, **common},
        {"id": definition_id(setting.key), "created_at": setting.at},
    )


def _tenant(connection: Connection, change: Configured) -> None:
    setting, table = change.setting, tenant_action_settings
    if setting.value is None:
        connection.execute(
            delete(table).where(table.c.tenant_id == setting.key, _older(table, change))
        )
        return
    values = _parsed(TenantSettings, setting.value).model_dump()
    columns = {c.name: values[c.name] for c in table.c if c.name in values}
    common = {"settings_version": change.version, "updated_at": setting.at}
    _upsert(connection, table, change, {"tenant_id": setting.key}, {**columns, **common}, {})


_WRITERS: dict[SettingKind, Callable[[Connection, Configured], None]] = {
    SettingKind.DEFINITION: _definition,
    SettingKind.TENANT: _tenant,
}


def _upsert(
    connection: Connection,
    table: Table,
    change: Configured,
    key: dict[str, Any],
    values: dict[str, Any],
    at_first: dict[str, Any],
) -> None:
    statement = insert(table).values(**key, **values, **at_first)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=list(key), set_=values, where=_older(table, change)
        )
    )


def _older(table: Table, change: Configured) -> Any:
    return table.c.settings_version < change.version


def _parsed(model: type[M], value: JsonObject) -> M:
    try:
        return model.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        path = ".".join(str(part) for part in first["loc"])[:100]
        raise RecordFault("setting_invalid", f"{path}: {first['msg'][:200]}") from None
