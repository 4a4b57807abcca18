"""Child processes: work on untrusted bytes is done where memory, time and files are bounded and a crash stays alone.

A child is a module that is run by the same interpreter. It is led through its standard input, which also ties its life
to that of the parent: when the pipe closes, the child ends. (A death signal of the kernel would follow the thread
that started the child, and a service starts them from threads that come and go.)
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

Process = subprocess.Popen[bytes]

_NEW_NETWORK: Final = 0x40000000
_NEW_USER: Final = 0x10000000
_NO_NEW_PRIVILEGES: Final = 38
_LANDLOCK_CREATE_RULESET: Final = 444
_LANDLOCK_RESTRICT_SELF: Final = 446
_LANDLOCK_TCP: Final = 3
"""To bind and to connect."""


def start(module: str) -> Process:
    """Start a module as a child in a session of its own, with pipes to its standard input and output.

    Args:
        module: full name of a module with a `__main__` part.

    Returns:
        The process; what it writes to standard error goes where the parent's goes.
    """
    surroundings = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}  # their stacks count as memory
    return subprocess.Popen(
        [sys.executable, "-P", "-m", module],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=surroundings,
        close_fds=True,
        start_new_session=True,
    )


def asked(module: str, request: Mapping[str, object], body: bytes = b"", *, timeout_s: float) -> Any:  # noqa: ANN401
    """Start a child for one question, and end it whatever it says.

    Args:
        module: as in `start`; it reads the request as one line of JSON, then the body.
        request: JSON values.
        body: what stands behind the request.
        timeout_s: it is killed after so many seconds.

    Returns:
        The line of JSON that it says; None where it says `null`, or ends before its last word.
    """
    process = start(module)
    timer = threading.Timer(timeout_s, kill, [process])
    timer.daemon = True
    timer.start()
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(json.dumps(request).encode() + b"\n" + body)
        process.stdin.flush()
        return json.loads(process.stdout.readline() or b"null")
    except (OSError, ValueError):  # it ended before its last word
        return None
    finally:
        timer.cancel()
        kill(process)
        close(process)


def kill(process: Process) -> None:
    """Kill a child with all that it started; a child that has ended already is left alone."""
    if process.poll() is None:
        with suppress(ProcessLookupError, PermissionError):  # it ended just now
            os.killpg(process.pid, signal.SIGKILL)


def close(process: Process) -> None:
    """Wait for a child that ends or was killed, and close the pipes to it."""
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with suppress(OSError):  # what was not yet written to it is of no use any more
                pipe.close()


def confine(memory_bytes: int, cpu_seconds: int | None = None) -> None:
    """Bound this process; called by a child before it touches anything from outside.

    Args:
        memory_bytes: address space at most; on a smaller machine, what it has.
        cpu_seconds: processor time at most.
    """
    import resource

    with suppress(OSError):  # a politeness: some sandboxes refuse it
        os.nice(5)
    _bound(resource.RLIMIT_AS, min(memory_bytes, machine_bytes()))
    _bound(resource.RLIMIT_CORE, 0)
    if cpu_seconds is not None:
        _bound(resource.RLIMIT_CPU, cpu_seconds)


def bound_memory(memory_bytes: int) -> None:
    """Bound the address space of this process anew, below what `confine` said; it may be raised again.

    Args:
        memory_bytes: address space at most.
    """
    _bound_for_now("RLIMIT_AS", memory_bytes)


def bound_time(cpu_seconds: int) -> None:
    """Bound the processor time of this process anew, below what `confine` said.

    Args:
        cpu_seconds: processor time at most, from its start.
    """
    _bound_for_now("RLIMIT_CPU", cpu_seconds)


def _bound_for_now(what: str, most: int) -> None:
    import resource

    limit = getattr(resource, what)
    _, hard = resource.getrlimit(limit)
    with suppress(OSError, ValueError):
        resource.setrlimit(limit, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def machine_bytes() -> int:
    """Return how much memory the machine has."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def no_more_files() -> None:
    """Let this process open no file and no socket from now on; what is open stays open."""
    import resource

    _bound(resource.RLIMIT_NOFILE, 3)


def no_network() -> bool:
    """Cut this process off every network, for good; files stay open to it. Call it before it has threads.

    It gets an empty network of its own (a namespace of Linux), with a namespace of users where it may not have that
    alone; where a machine forbids both, the kernel refuses it TCP (Landlock, Linux 6.7), which leaves name servers
    within reach.

    Returns:
        True if one of these holds; False on other systems, and where the machine forbids them all.
    """
    if sys.platform != "linux":
        return False
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    for what in (_NEW_NETWORK, _NEW_NETWORK | _NEW_USER):
        if libc.unshare(what) == 0:
            return True
    handled = (ctypes.c_uint64 * 2)(0, _LANDLOCK_TCP)
    rules = libc.syscall(_LANDLOCK_CREATE_RULESET, ctypes.byref(handled), ctypes.sizeof(handled), 0)
    if rules < 0 or libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) != 0:
        return False
    done: bool = libc.syscall(_LANDLOCK_RESTRICT_SELF, rules, 0) == 0
    os.close(rules)
    return done


def end_with_parent() -> None:
    """From now on, end this process at once when its standard input closes; nothing more may be expected from there."""

    def wait() -> None:
        while os.read(0, 1):  # not sys.stdin: its lock would be held when the interpreter ends
            pass
        end()

    threading.Thread(target=wait, daemon=True).start()


def end() -> None:
    """End this process now, from any thread, whatever the others do."""
    os._exit(1)


def ending(process: Process) -> str:
    """Tell in words how a child that has ended ended."""
    code = process.wait()
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"killed by signal {-code}"


def _bound(what: int, most: int) -> None:
    import resource

    _, hard = resource.getrlimit(what)
    bound = most if hard == resource.RLIM_INFINITY else min(most, hard)
    with suppress(OSError, ValueError):  # macOS knows RLIMIT_AS and refuses to set it
        resource.setrlimit(what, (bound, bound))
