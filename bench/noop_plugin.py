"""A plugin that does nothing, over HTTP: `python -m bench.noop_plugin PORT`."""

import sys

from aiohttp import web

_ANSWER = b'{"result":{"ok":true}}'


async def _invoke(request: web.Request) -> web.Response:
    await request.read()
    return web.Response(body=_ANSWER, content_type="application/json")


async def _ready(request: web.Request) -> web.Response:
    return web.Response()


def main(port: int) -> None:
    app = web.Application()
    app.router.add_post("/internal/plugins/{tool}/invoke", _invoke)
    app.router.add_get("/readyz", _ready)
    web.run_app(app, host="127.0.0.1", port=port, access_log=None, print=None, backlog=1_024)


if __name__ == "__main__":
    main(int(sys.argv[1]))
