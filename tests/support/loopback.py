"""Free ports on this machine's loopback address."""

import socket

HOST = "127.0.0.1"


def free_port() -> int:
    """A port that was free a moment ago; a caller that loses the race asks again."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
