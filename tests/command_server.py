"""Processes of the command line without its start: a server has loaded it, and is forked for each command.

A start takes 0.4 s of processor time for modules and 0.2 s for the library, and the tests run hundreds of commands. A fork
has its own folder, environment, streams, signals and exit code, as any process; only that `llmcost` and the library are already
loaded is not as for a user. Tests of the start itself (`tests/cli/test_startup.py`) run the program anew.

The server ends with the process that started it, which closes its end of the connection.
"""

import atexit
import gc
import io
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import paths

COMMAND_LINES = (["run", "gpt-4", "--draws", "1000", "--threads", "1", "--quiet"], ["list", "scenarios"])
"""Commands that the server runs itself, so that modules and the library are loaded."""

NUMBER = struct.Struct("i")
"""Answers of the server: the process of a command, then its exit code."""


# --- in the tests ---------------------------------------------------------------------------------------------------------


def run(arguments, cwd=None, text="", timeout=60):
    """Run a command in a fork of the server; the result is that of `subprocess.run` with its output captured."""
    with ExitStack() as stack:
        request, stdin, stdout, stderr = files = [stack.enter_context(tempfile.TemporaryFile()) for _ in range(4)]
        request.write(json.dumps([arguments, str(cwd or Path.cwd()), dict(os.environ)]).encode())
        stdin.write(text.encode())
        for file in (request, stdin):
            file.seek(0)
        code = _Server.shared().code_of(files, timeout)
        if code is None:
            raise subprocess.TimeoutExpired(arguments, timeout)
        for file in (stdout, stderr):
            file.seek(0)
        texts = [io.TextIOWrapper(io.BytesIO(file.read())).read() for file in (stdout, stderr)]
    return subprocess.CompletedProcess(arguments, code, *texts)


class _Server:
    """The end of the server in the process of the tests."""

    def __init__(self):
        self.connection, other = socket.socketpair()
        command = [sys.executable, __file__, str(other.fileno())]
        with other:
            environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(paths.ROOT), os.environ.get("PYTHONPATH", "")])}
            self.process = subprocess.Popen(
                command, pass_fds=[other.fileno()], env=environment, cwd=paths.ROOT,
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            )  # fmt: skip

    @staticmethod
    @cache
    def shared():
        """Return the server of this process."""
        server = _Server()
        atexit.register(server.close)
        return server

    def close(self):
        """End the server, and wait for it."""
        self.connection.close()
        self.process.wait()

    def code_of(self, files, timeout):
        """Return the exit code of a command whose request and streams are files, or None if it takes too long."""
        socket.send_fds(self.connection, [b"."], [file.fileno() for file in files])
        child = self._answer()
        self.connection.settimeout(timeout)
        try:
            return self._answer()
        except TimeoutError:
            os.kill(child, signal.SIGKILL)
            self.connection.settimeout(None)
            self._answer()
            return None
        finally:
            self.connection.settimeout(None)

    def _answer(self):
        answer = self.connection.recv(NUMBER.size)
        if not answer:
            raise RuntimeError(f"the server of the command line has ended with {self.process.wait()}")
        return NUMBER.unpack(answer)[0]


# --- in the server --------------------------------------------------------------------------------------------------------


def serve(connection):
    """Fork for each request, until the other end is closed."""
    _load()
    while True:
        message, descriptors, _, _ = socket.recv_fds(connection, 1, 4)
        if not message:
            return
        child = os.fork()
        if child == 0:
            connection.close()
            _run(descriptors)
        for descriptor in descriptors:
            os.close(descriptor)
        connection.sendall(NUMBER.pack(child))
        connection.sendall(NUMBER.pack(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])))


def _load():
    """Load the command line; a fork has one thread only, so none may be left."""
    from simulator.cli import group

    output, sys.stdout = sys.stdout, io.StringIO()
    for words in COMMAND_LINES:
        group.main(args=words, prog_name="llmcost", standalone_mode=False)
    sys.stdout = output
    if threading.active_count() > 1:
        raise RuntimeError(f"a thread is left, which a fork would not have: {threading.enumerate()}")
    gc.collect()
    gc.freeze()


def _run(descriptors):
    """Become the process of a command: its arguments, folder, environment and streams."""
    from simulator.startup import start

    with open(descriptors[0], "rb") as request:  # noqa: PTH123
        arguments, folder, environment = json.load(request)
    for number, descriptor in enumerate(descriptors[1:]):
        os.dup2(descriptor, number)
        os.close(descriptor)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["llmcost", *arguments]
    sys.path[0] = ""
    start()


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
