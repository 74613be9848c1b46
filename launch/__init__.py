"""Child processes that never outlive us: how Kafka, PostgreSQL and our own processes are run.

Imports nothing of ours, so that the local broker in `streams`, the local database in `state`
and the supervisor in `interlock` share one way to start, to wait and to stop.
"""

from launch.child import Account, end, spawn
from launch.faults import CannotStart
from launch.ports import free_port, is_free
from launch.waiting import wait_until

__all__ = ["Account", "CannotStart", "end", "free_port", "is_free", "spawn", "wait_until"]
