"""The host over HTTP. Endpoints that wait are plain functions: each call has a thread."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

import anyio.to_thread
import orjson
import structlog
from fastapi import APIRouter, Depends, FastAPI, Header, Request, Response
from pydantic import JsonValue
from sqlalchemy.exc import SQLAlchemyError

from plugins.call import Call, is_key, read_call
from plugins.catalog import built_in
from plugins.chaos import chaos_of, cut
from plugins.database import Database
from plugins.host import PluginHost
from plugins.http_answers import answer_problems, json_answer, read_body
from plugins.observation import Observation
from plugins.problems import Effect, Problem
from plugins.reports_folder import ReportsFolder
from plugins.settings import HostSettings

log = structlog.get_logger("plugins")


def create_app(
    database_url: str, reports_dir: str | Path, settings: HostSettings | None = None
) -> FastAPI:
    """The host's application, ready to be served by one process of an ASGI server.

    A database that is away at the start is waited for: `/readyz` says so, calls are
    answered 503 with `effect: none`.

    Args:
        database_url: any PostgreSQL URL; the host keeps to the schema `plugin_host`.
        reports_dir: where `generate_report` puts its files; created if missing.
        settings: read from the environment if not given.

    Raises:
        OSError: `reports_dir` cannot be created.
    """
    settings = settings or HostSettings()
    reports = ReportsFolder(Path(reports_dir))
    database = Database(database_url, settings.threads)
    host = PluginHost(built_in(reports), database)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = settings.threads
        try:
            await anyio.to_thread.run_sync(database.ensure_schema)
        except SQLAlchemyError as error:
            log.warning("database away at start", error=type(error).__name__)
        yield
        database.close()

    app = FastAPI(lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    answer_problems(app)
    observation = Observation()
    app.include_router(_plugin_routes(host, observation, settings))
    app.include_router(_health_routes(reports, database, observation))
    return app


def _plugin_routes(host: PluginHost, observation: Observation, settings: HostSettings) -> APIRouter:
    """The contract of a plugin: invoke, status, catalog."""
    router = APIRouter(prefix="/internal/plugins")
    catalog = orjson.dumps(host.catalog.as_json())

    async def body_of(request: Request) -> bytes:
        return await read_body(request, settings.max_body_bytes)

    @router.post("/{tool}/invoke")
    def invoke(
        tool: str,
        request: Request,
        body: Annotated[bytes, Depends(body_of)],
        idempotency_key: Annotated[str | None, Header()] = None,
    ) -> Response:
        observed = observation.call(tool if tool in host.catalog else "unknown")
        call: Call | None = None
        try:
            host.catalog.require(tool)
            chaos = chaos_of(request, settings.chaos)
            call = read_call(tool, idempotency_key, body)
            if chaos.drop_before:
                return cut(request)
            answer = host.invoke(call, chaos)
        except Problem as problem:
            observed.refused(call, problem)
            raise
        observed.answered(call, answer)
        return cut(request) if chaos.drop_after else json_answer(answer.as_json())

    @router.get("/{tool}/status/{key}")
    def status(tool: str, key: str) -> Response:
        host.catalog.require(tool)
        if not is_key(key):
            raise Problem(400, "malformed_key", "The key is not <action_id>.<revision>.")
        result = host.result(tool, key)
        if result is None:
            raise Problem(
                404,
                "not_seen",
                "No call with this key has been committed. One may still be at work.",
                effect=Effect.UNKNOWN,
                members={"key": key, "state": "not_seen", "fenced": False},
            )
        return json_answer({"key": key, "state": "done", "result": result})

    @router.get("/catalog")
    async def tools() -> Response:
        return Response(catalog, media_type="application/json")

    return router


def _health_routes(
    reports: ReportsFolder, database: Database, observation: Observation
) -> APIRouter:
    router = APIRouter()

    @router.get("/healthz")
    async def healthz() -> Response:
        return json_answer({"status": "alive"})

    @router.get("/readyz")
    def readyz() -> Response:
        missing: list[JsonValue] = [] if reports.writable() else ["reports folder"]
        try:
            database.ping()
        except SQLAlchemyError:
            missing.append("database")
        if missing:
            return json_answer({"status": "waiting", "waiting_for": missing}, status=503)
        return json_answer({"status": "ready"})

    @router.get("/metrics")
    async def metrics() -> Response:
        return Response(observation.text(), media_type="text/plain; version=0.0.4; charset=utf-8")

    return router
