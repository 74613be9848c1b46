"""The sink `project`: read models in PostgreSQL, folded from the log.

Nobody decides on these tables; they are for people and programs that look. What they hold
and how to read it: `docs/guides/read-models.md`.
"""

from sinks.project.digest import rows_digest, rows_of
from sinks.project.sink import ProjectSink
from sinks.project.told import TOPICS

__all__ = ["TOPICS", "ProjectSink", "rows_digest", "rows_of"]
