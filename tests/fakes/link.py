"""A TCP link on loopback that a test can break."""

from __future__ import annotations

import socket
import struct
import threading
from contextlib import suppress

RESET = struct.pack("ii", 1, 0)  # linger on, for no time: close() sends RST


class Link:
    """Forwards to a port. Cleared `passing` makes it a black hole, both ways and for new connections too."""

    def __init__(self, port: int) -> None:
        self._to = ("127.0.0.1", port)
        self._pairs: set[tuple[socket.socket, socket.socket]] = set()
        self.passing = threading.Event()
        self.passing.set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def reset(self) -> None:
        """Ends every open connection with RST, as a crash does."""
        pairs, self._pairs = self._pairs, set()
        for sock in (sock for pair in pairs for sock in pair):
            with suppress(OSError):
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                sock.shutdown(socket.SHUT_RD)  # wakes the thread that reads it; sends nothing
            sock.close()

    def close(self) -> None:
        self.passing.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.reset()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(self._to)
                self._pairs.add((near, far))
                for source, target in ((near, far), (far, near)):
                    threading.Thread(target=self._pump, args=(source, target), daemon=True).start()

    def _pump(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                self.passing.wait()
                target.sendall(data)
            self.passing.wait()
            target.shutdown(socket.SHUT_WR)
