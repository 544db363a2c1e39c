"""New connections are dropped before a listener is closed, and those accepted are served."""

from __future__ import annotations

import socket
import sys

import pytest

from app.web.server import drop_new_connections


def test_who_is_in_is_received_and_who_comes_later_is_told_that_nobody_is_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = listener.getsockname()
        with socket.create_connection(address) as early:
            drop_new_connections(listener)
            early.sendall(b"asked")
            if sys.platform == "linux":
                with pytest.raises(TimeoutError):
                    socket.create_connection(address, timeout=0.2)
            received, _ = listener.accept()
            with received:
                assert received.recv(5) == b"asked"
                received.sendall(b"answered")
            assert early.recv(8) == b"answered"
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address, timeout=5)
