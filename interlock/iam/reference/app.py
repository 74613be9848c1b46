"""The reference service over HTTP: the contract of docs/guides/iam.md from its other side."""

import hmac
import time
from collections.abc import Callable
from typing import Annotated

from fastapi import FastAPI, Header, Response
from pydantic import BaseModel, Field

from interlock.iam.client import PATH
from interlock.iam.reference.policies import Policies
from interlock.iam.wire import Answer
from plugins.http_answers import answer_problems, json_answer
from plugins.problems import Problem
from processors.permission import Question, User
from schemas.names import TenantId


class UserBody(BaseModel):
    id: str
    roles: list[str] = []


class QuestionBody(BaseModel):
    question_id: str
    tenant_id: str
    user: UserBody | None
    action_type: str
    tool: str
    version: str
    permissions: list[str]
    actions: Annotated[int, Field(ge=1)]

    def question(self) -> Question:
        return Question(
            TenantId(self.tenant_id),
            None if self.user is None else User(self.user.id, tuple(self.user.roles)),
            self.action_type,
            self.tool,
            self.version,
            tuple(self.permissions),
        )


def create_app(
    policies: Policies, token: str | None = None, clock: Callable[[], float] = time.monotonic
) -> FastAPI:
    """The application. `token`: only who sends it is answered."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    answer_problems(app)

    @app.post(PATH)
    async def validate(
        body: QuestionBody, authorization: Annotated[str, Header()] = ""
    ) -> Response:
        if token is not None and not hmac.compare_digest(
            authorization.encode(), f"Bearer {token}".encode()
        ):
            raise Problem(401, "unauthorized", "The bearer token is not the one expected.")
        ruling = policies.rule(body.question(), body.actions, clock())
        answer = Answer(
            question_id=body.question_id,
            tenant_id=body.tenant_id,
            decision="allow" if ruling.allowed else "deny",
            reason=ruling.reason,
            policy=ruling.policy,
            rate=ruling.rate,
        )
        return json_answer(answer.model_dump(mode="json"))

    @app.get("/healthz")
    async def healthz() -> Response:
        return json_answer({"status": "alive"})

    @app.get("/readyz")
    async def readyz() -> Response:
        return json_answer({"status": "ready"})

    return app
