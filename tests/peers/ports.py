"""Ports for programs that are told where to listen. One that is drawn with port 0 and closed again is soon somebody else's: the
system gives it out anew, also to whoever only connects."""

import errno
import itertools
import os
import socket

# Below what the system gives out (from 32768), and below what `./dev` draws for its engines (from 20000).
FIRST, MANY = 10_000, 10_000
# Processes started one after the other begin far apart.
STRIDE = 6_181
# At both addresses, since either may be meant by `localhost`.
ADDRESSES = (socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")

given = itertools.count()


def free_port():
    """A TCP port of the loopback addresses that nobody uses. This process gives each one once."""
    for _ in range(MANY):
        port = FIRST + (os.getpid() * STRIDE + next(given)) % MANY
        if not any(is_taken(family, address, port) for family, address in ADDRESSES):
            return port
    raise AssertionError(f"all ports from {FIRST} to {FIRST + MANY - 1} are taken")


def is_taken(family, address, port):
    """A machine without such an address has nobody there."""
    try:
        with socket.socket(family) as listener:
            listener.bind((address, port))
    except OSError as error:
        return error.errno == errno.EADDRINUSE
    return False
