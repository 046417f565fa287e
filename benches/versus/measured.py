"""One program's run: how long, how much processor time, how many bytes, how much memory."""

import os
import subprocess
import time
from dataclasses import dataclass


@dataclass
class Cost:
    """Of one process, or of several one after the other."""

    wall: float = 0.0
    cpu: float = 0.0
    read: int | None = 0
    written: int | None = 0
    memory: int = 0

    def __add__(self, other):
        return Cost(
            self.wall + other.wall,
            self.cpu + other.cpu,
            None if self.read is None or other.read is None else self.read + other.read,
            None if self.written is None or other.written is None else self.written + other.written,
            max(self.memory, other.memory),
        )


class Failed(Exception):
    pass


def run(command, cores=None, right=(0,)):
    """The cost of a program. `cores`: on so many alone."""
    before = os.sched_getaffinity(0)
    if cores is not None:
        os.sched_setaffinity(0, sorted(before)[:cores])
    try:
        begun = time.perf_counter()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    finally:
        os.sched_setaffinity(0, before)
    with process.stderr:
        said = process.stderr.read()
    # It has ended and is not yet forgotten: that is when the system tells what it read and wrote.
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    wall = time.perf_counter() - begun
    read, written = moved(process.pid)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in right:
        raise Failed(f"{' '.join(map(str, command[:6]))} … ended with {process.returncode}: {said.decode(errors='replace')[-600:]}")
    return Cost(wall, used.ru_utime + used.ru_stime, read, written, used.ru_maxrss * 1024)


def moved(process):
    """Bytes that went through read and write, whether or not the disk was needed for them."""
    try:
        with open(f"/proc/{process}/io") as file:
            lines = dict(line.split(": ") for line in file.read().splitlines())
        return int(lines["rchar"]), int(lines["wchar"])
    except (OSError, KeyError):
        return None, None


def each(commands, right=(0,)):
    """A process for each command, one after the other."""
    cost = Cost()
    for command in commands:
        cost += run(command, right=right)
    return cost
