"""Questions over HTTP, in parallel, on an event loop of its own thread.

Each has a total timeout that a dripping body cannot stretch, and all of a batch together have
one. While nobody answers, one probe is asked for all of them (`interlock.iam.guard`).
"""

import asyncio
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Sequence

import aiohttp
import structlog

from interlock.iam.guard import Guard, Lets
from interlock.iam.metrics import asking
from interlock.iam.wire import LARGEST_ANSWER, Answer, Asked, Unanswered, body_of, read_answer

log = structlog.get_logger()

PATH = "/internal/iam/policies/validate"
CONCURRENCY = 32
_GRACE_S = 5.0
"""A loop that does not even end what is late is not waited for."""
LATE = Unanswered("batch_timeout")
RESTING = Unanswered("iam_away")

Reply = Answer | Unanswered


class IamClient:
    """Used by one thread."""

    def __init__(
        self,
        url: str,
        timeout_s: float,
        batch_s: float,
        credential: Callable[[], str | None],
        guard: Guard | None = None,
    ) -> None:
        """`credential` is asked for the bearer token before each batch's questions.

        Args:
            timeout_s: for one question, from connecting to the last byte.
            batch_s: for all questions of a batch.
        """
        self._url = url.rstrip("/") + PATH
        self._timeout_s = timeout_s
        self._batch_s = batch_s
        self._credential = credential
        self._guard = guard or Guard()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="iam", daemon=True)
        self._thread.start()
        self._session = asyncio.run_coroutine_threadsafe(_open(), self._loop).result(10)

    def ask(self, questions: Sequence[Asked]) -> list[Reply]:
        """A reply for each, in order, no later than `batch_s` from now."""
        try:
            token = self._credential()
        except (OSError, ValueError):
            return [Unanswered("credential_unreadable")] * len(questions)
        asking_all = asyncio.run_coroutine_threadsafe(self._ask_all(questions, token), self._loop)
        try:
            return asking_all.result(self._batch_s + _GRACE_S)
        except TimeoutError:
            asking_all.cancel()
            return [LATE] * len(questions)

    async def _ask_all(self, questions: Sequence[Asked], token: str | None) -> list[Reply]:
        replies: list[Reply] = [LATE] * len(questions)
        places = iter(range(len(questions)))

        async def work(mine: Iterator[int]) -> None:
            for place in mine:
                if self._guard.lets(time.monotonic()) is Lets.ALL:
                    replies[place] = await self._ask(questions[place], token)
                else:
                    replies[place] = RESTING

        try:
            async with asyncio.timeout(self._batch_s):
                if self._guard.lets(time.monotonic()) is Lets.ONE:
                    first = next(places)
                    replies[first] = await self._ask(questions[first], token)
                async with asyncio.TaskGroup() as group:
                    for _ in range(min(CONCURRENCY, len(questions))):
                        group.create_task(work(places))
        except TimeoutError:
            # Whoever has no reply by now is late.
            pass
        return replies

    async def _ask(self, asked: Asked, token: str | None) -> Reply:
        with asking():
            try:
                # Not aiohttp's own: this one holds for a second attempt too.
                async with asyncio.timeout(self._timeout_s):
                    reply = await self._post(asked, token)
            except TimeoutError:
                reply = Unanswered("timeout", away=True)
            except Exception as error:
                # Whatever an answer can provoke in the client, it must not end the process: the
                # same record would meet it at the next start.
                log.error("iam_client_failed", error=repr(error)[:500])
                reply = Unanswered("client_failed", away=True)
        if isinstance(reply, Unanswered) and reply.away:
            self._guard.failed(time.monotonic())
        else:
            self._guard.answered()
        return reply

    async def _post(self, asked: Asked, token: str | None, again: bool = True) -> Reply:
        try:
            async with self._session.post(
                self._url,
                data=body_of(asked),
                headers=_headers(asked, token),
                timeout=aiohttp.ClientTimeout(total=None),
                allow_redirects=False,
            ) as response:
                if response.status != 200:
                    # Not read: whatever it says is no answer, and the connection is given up.
                    response.close()
                    return _refused(response.status)
                body = b""
                while len(body) <= LARGEST_ANSWER and not response.content.at_eof():
                    body += await response.content.read(LARGEST_ANSWER + 1 - len(body))
                return read_answer(body, asked)
        except aiohttp.ServerDisconnectedError:
            if again:
                # An idle connection that was closed just now. Asking changes nothing.
                return await self._post(asked, token, again=False)
            return Unanswered("connection_lost", away=True)
        except TimeoutError:
            raise
        except aiohttp.ClientConnectorError:
            return Unanswered("connect_failed", away=True)
        except (aiohttp.ClientError, OSError):
            return Unanswered("connection_lost", away=True)
        except (TypeError, ValueError):
            # What no request can carry: in the question, the token or the address.
            return Unanswered("not_askable")

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self._session.close(), self._loop).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)


def _refused(status: int) -> Unanswered:
    if 300 <= status < 400:
        return Unanswered("redirected")
    return Unanswered(f"http_{status}", away=status >= 500 or status == 429)


def _headers(asked: Asked, token: str | None) -> dict[str, str]:
    headers = {
        "Content-Type": "application/json",
        "Cache-Control": "no-store",
        # Answers are not unpacked: what a few bytes unfold to has no bound.
        "Accept-Encoding": "identity",
    }
    if asked.trace_id is not None:
        headers["traceparent"] = f"00-{asked.trace_id}-{secrets.token_hex(8)}-01"
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    return headers


async def _open() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=4.0),
        auto_decompress=False,
        cookie_jar=aiohttp.DummyCookieJar(),
    )
