"""PostgreSQL's settings in local mode, process or container."""

SETTINGS = {
    # An effect's intent must be on disk before the call: these two are what it rests on.
    "fsync": "on",
    "synchronous_commit": "on",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "huge_pages": "off",
    # Costs more than it saves on short statements.
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Statements and the details of errors carry parameters of actions: not for a log.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
