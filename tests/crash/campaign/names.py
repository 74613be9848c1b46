"""Who takes part: the processes, and which of them reach the broker through a proxy."""

STAGES = ("draft", "assess", "approve", "execute", "observe")
PLUGIN_HOST = "plugin-host"
FIRST = tuple(f"{stage}-1" for stage in STAGES)
PROXIED = tuple(f"{stage}-2" for stage in STAGES)
"""Each of them has a proxy of its name between itself and the broker."""
PROJECTS = ("project-1", "project-2")
INSTANCES = (PLUGIN_HOST, *FIRST, *PROXIED, *PROJECTS)
GROUPS = (
    "interlock-draft",
    "interlock-assess",
    "interlock-approve",
    "interlock-execute",
    "interlock-settle",
    "interlock-observe",
    "interlock-project",
)


def process_of(instance: str) -> str:
    """`execute-2` runs the process `execute`."""
    return instance if instance == PLUGIN_HOST else instance.rpartition("-")[0]
