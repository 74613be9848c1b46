"""The plugin host: Interlock's built-in tools behind the HTTP contract of anyone's plugin.

A service of its own, with a PostgreSQL schema of its own (`plugin_host`); it imports
nothing else of ours and nothing of ours imports its tables. Start at `plugins.host`.
"""

from plugins.app import create_app
from plugins.serve import serve

__all__ = ["create_app", "serve"]
