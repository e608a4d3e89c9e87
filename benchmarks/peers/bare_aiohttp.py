"""The limit for Python: a relay of aiohttp and uvloop that passes messages on and does nothing else."""

from __future__ import annotations

import asyncio
import sys

import aiohttp
import uvloop
from aiohttp import web

UPSTREAM: web.AppKey[str] = web.AppKey("upstream", str)
HTTP: web.AppKey[aiohttp.ClientSession] = web.AppKey("http", aiohttp.ClientSession)


async def listen(request: web.Request) -> web.WebSocketResponse:
    """Relays one session."""
    client = web.WebSocketResponse(compress=False)
    await client.prepare(request)
    async with request.app[HTTP].ws_connect(f"{request.app[UPSTREAM]}/v1/listen", compress=0) as upstream:

        async def up() -> None:
            async for message in client:
                if message.type is aiohttp.WSMsgType.BINARY:
                    await upstream.send_bytes(message.data)
                else:
                    await upstream.send_str(message.data)
            await upstream.close()

        async def down() -> None:
            async for message in upstream:
                await client.send_str(message.data)
            await client.close()

        await asyncio.gather(up(), down(), return_exceptions=True)
    return client


async def keep_http(app: web.Application):  # type: ignore[no-untyped-def]
    """One client session for the process."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as app[HTTP]:
        yield


def main(port: int, upstream: str) -> None:
    """Serves on loopback."""
    app = web.Application()
    app[UPSTREAM] = upstream
    app.cleanup_ctx.append(keep_http)
    app.router.add_get("/listen", listen)
    web.run_app(app, host="127.0.0.1", port=port, loop=uvloop.new_event_loop(), print=None, access_log=None)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
