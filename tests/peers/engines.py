"""PostgreSQL and Redis of a test's own, so that it may kill them."""

import os
import pathlib
import signal
import subprocess

from house import wait_until
from ports import free_port

BIN = max(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), default=pathlib.Path())
# PostgreSQL refuses to run as root.
AS_POSTGRES = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}


class Postgres:
    """A server in a folder; `kill()` takes its postmaster away without a word."""

    def __init__(self, folder):
        self.folder, self.port = folder / "pg", free_port()
        self.folder.mkdir()
        self.process = None

    def run(self, *command):
        subprocess.run([str(BIN / command[0]), *command[1:]], check=True, stdout=subprocess.DEVNULL, cwd="/", **AS_POSTGRES)

    def url(self, database):
        return f"postgres://postgres@127.0.0.1:{self.port}/{database}"

    def spawn(self):
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(
                [str(BIN / "postgres"), "-D", str(self.folder / "data"), "-p", str(self.port), "-k", str(self.folder),
                 "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"], stdout=log, stderr=log, cwd="/", **AS_POSTGRES)

    def answers(self):
        # After a kill, the children of the dead postmaster hold its memory for a moment longer.
        if self.process.poll() is not None:
            self.spawn()
        return subprocess.run([str(BIN / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]).returncode == 0

    def start(self):
        self.spawn()
        wait_until("PostgreSQL is ready", self.answers)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def create(self, *names):
        for name in names:
            self.run("psql", "-q", "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", "-c", f"CREATE DATABASE {name}")

    def ask(self, database, query):
        """One value."""
        told = subprocess.run([str(BIN / "psql"), "-XtAc", query, self.url(database)], check=True, capture_output=True, text=True)
        return told.stdout.strip()

    def __enter__(self):
        if AS_POSTGRES:
            self.let_through()
        self.run("initdb", "-D", str(self.folder / "data"), "-A", "trust", "-U", "postgres", "-E", "UTF8",
                 "--locale=C.UTF-8", "--no-sync")
        self.start()
        return self

    def let_through(self):
        """The folder is its own, and the way there may be walked, as far as it is ours: not the folders of all."""
        subprocess.run(["chown", "postgres", str(self.folder)], check=True)
        for place in self.folder.parents:
            mode = place.stat().st_mode
            if not mode & 0o001:
                place.chmod(mode & 0o7777 | 0o011)

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(timeout=60)


class Redis:
    """A server that keeps nothing on disk."""

    def __init__(self, folder):
        self.folder, self.port = folder, free_port()
        self.url = f"redis://127.0.0.1:{self.port}"

    def answers(self):
        assert self.process.poll() is None, "Redis ended"
        return subprocess.run(["redis-cli", "-p", str(self.port), "ping"], capture_output=True).stdout == b"PONG\n"

    def __enter__(self):
        self.process = subprocess.Popen(
            ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
             "--dir", str(self.folder), "--maxmemory-policy", "noeviction"], stdout=subprocess.DEVNULL)
        wait_until("Redis is ready", self.answers)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(timeout=60)
