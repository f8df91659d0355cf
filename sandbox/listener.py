"""A listening socket that can be closed and opened again on the same port."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable


class Listener:
    """Listens on one address; while closed, the port refuses connections."""

    def __init__(
        self,
        factory: Callable[[], asyncio.BaseProtocol],
        host: str,
        port: int = 0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.host = host
        self.port = port
        self._factory = factory
        self._tls = tls
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        """The root of this listener for HTTP."""
        return f"http://{self.host}:{self.port}"

    @property
    def is_open(self) -> bool:
        """Tells whether the port takes connections."""
        return self._server is not None

    async def open(self) -> None:
        """Starts to listen; a port of 0 becomes a free one, which is kept over `close` and `open`."""
        if self._server is None:
            loop = asyncio.get_running_loop()
            self._server = await loop.create_server(
                self._factory, self.host, self.port, ssl=self._tls, reuse_address=True, backlog=1024
            )
            self.port = self._server.sockets[0].getsockname()[1]

    def close(self) -> None:
        """Stops listening; connections that are open already are the owner's to cut."""
        if self._server is not None:
            self._server.close()
            self._server = None
