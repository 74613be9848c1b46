"""Child processes that never outlive us: how Kafka, PostgreSQL and our own processes are run.

Imports nothing of ours, so that the local broker in `streams`, the local database in `state`
and the supervisor in `interlock` share one way to start, to wait and to stop.
`launch.container` does the same for containers, and is imported only where they are.
"""

from launch.child import Account, end, kill, kill_group, spawn
from launch.faults import CannotStart
from launch.lock import folder_lock
from launch.ports import free_port, free_ports, is_free, remembered_port
from launch.service import Service
from launch.waiting import wait_until

__all__ = [
    "Account",
    "CannotStart",
    "Service",
    "end",
    "folder_lock",
    "free_port",
    "free_ports",
    "is_free",
    "kill",
    "kill_group",
    "remembered_port",
    "spawn",
    "wait_until",
]
