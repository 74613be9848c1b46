"""Which tools there are, and what others are told of them."""

from collections.abc import Iterable

from pydantic import JsonValue

from plugins.problems import Problem
from plugins.reports_folder import ReportsFolder
from plugins.tool import Tool
from plugins.tools.create_task import CreateTask
from plugins.tools.crm_query import CrmQuery
from plugins.tools.generate_report import GenerateReport
from plugins.tools.send_notification import SendNotification
from plugins.tools.update_inventory import UpdateInventory

CONTACT = "whoever operates this plugin host"


class Catalog:
    """The tools by name."""

    def __init__(self, tools: Iterable[Tool]) -> None:
        self._tools = {tool.card.name: tool for tool in tools}

    def require(self, name: str) -> Tool:
        """The tool of this name.

        Raises:
            Problem: 404 there is none.
        """
        tool = self._tools.get(name)
        if tool is None:
            raise Problem(404, "unknown_tool", "There is no tool of this name.")
        return tool

    def __contains__(self, name: str) -> bool:
        return name in self._tools

    def as_json(self) -> dict[str, JsonValue]:
        """What `GET /internal/plugins/catalog` answers (docs/guides/catalog.md has the shape)."""
        return {"tools": [_entry(tool) for tool in self._tools.values()]}


def built_in(reports: ReportsFolder) -> Catalog:
    return Catalog(
        [
            CreateTask(),
            SendNotification(),
            UpdateInventory(),
            GenerateReport(reports),
            CrmQuery(),
        ]
    )


def _entry(tool: Tool) -> dict[str, JsonValue]:
    card = tool.card
    return {
        "tool": card.name,
        "version": card.version,
        "description": tool.parameters.document.get("description", ""),
        "risk": card.risk,
        "risk_labelled_at": card.risk_labelled_at.isoformat(),
        "permissions": list(card.permissions),
        "sensitive_parameters": dict(card.sensitive_parameters),
        "contact": CONTACT,
        "effect": card.effect,
        "read_only": card.read_only,
        "idempotent": True,  # by construction: every call goes through `invoke_once`
        "no_effect_on_error": False,  # a COMMIT that went unanswered is a 503 too
        "status_fences": False,
        "parameters": tool.parameters.document,
    }
