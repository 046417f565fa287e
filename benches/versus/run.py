"""touchmark beside what a user would take instead, on the same files, in one run; and beside the least that it could take.

    cargo build --release --locked
    python3 benches/versus/run.py --c2patool PATH --python PATH    # of a Python that has c2pa-python

Everything is measured with the files in the system's cache. c2patool is started once a file, as its users do, one after the other; its
processor time is what several beside each other would share. Ours and the floor are measured several times, of which the quickest
counts; the others, which take minutes, once. Signing is ES256 with the same key and chain, without time-stamps.
"""

import argparse
import os
import platform
import shutil
import statistics
import tempfile
from dataclasses import dataclass
from pathlib import Path

import measured
import programs
from measured import Cost
from table import Table, wanted

SETS = {
    "small-png": ("png", 1024, 1024),
    "small-jpg": ("jpg", 1024, 1024),
    "large-png": ("png", 4000, 3000),
    "large-jpg": ("jpg", 4000, 3000),
}
# So many files are enough for a floor.
FLOOR = {"small": 100, "large": 20}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--touchmark", metavar="PATH", help="default: target/release/touchmark")
    parser.add_argument("--c2patool", metavar="PATH", help="default: the one in PATH")
    parser.add_argument("--python", metavar="PATH", help="a Python with c2pa-python; default: this one")
    parser.add_argument("--without-python", action="store_true", help="leave c2pa-python out")
    parser.add_argument("--files", type=int, default=1000, help="of 1024 x 1024 (default: 1000)")
    parser.add_argument("--large-files", type=int, default=100, help="of 4000 x 3000 (default: 100)")
    parser.add_argument("--beside", type=int, metavar="N", help="give the others only the first N of them")
    parser.add_argument("--times", type=int, default=3, metavar="N", help="runs of ours and of the floor, of which the quickest counts (default: 3)")
    parser.add_argument("--sets", nargs="+", choices=SETS, default=list(SETS))
    parser.add_argument("--memory", type=int, nargs="*", metavar="N", help="only: peak memory for N files of 256 x 256 (default: 1000 20000)")
    parser.add_argument("--work", metavar="FOLDER", type=Path, help="keep the pictures here for the next run")
    return parser.parse_args()


@dataclass
class World:
    touchmark: Path
    c2patool: str | None
    python: str | None
    helper: str
    work: Path

    def home(self, name):
        folder = self.fresh(name)
        folder.mkdir()
        return programs.Home(self.touchmark, folder / "home")

    def fresh(self, name):
        folder = self.work / name
        shutil.rmtree(folder, ignore_errors=True)
        return folder

    def pictures(self, name, form, width, height, count):
        folder = self.work / "pictures" / f"{name}-{count}"
        programs.ask(self.helper, "pictures", folder, form, width, height, count)
        return folder


def main():
    args = arguments()
    only_memory = args.memory is not None
    touchmark = programs.touchmark(args.touchmark)
    c2patool = None if only_memory else programs.c2patool(args.c2patool)
    python = None if only_memory or args.without_python else programs.python(args.python)
    with tempfile.TemporaryDirectory(prefix="touchmark-versus-") as folder:
        work = args.work.resolve() if args.work else Path(folder)
        work.mkdir(parents=True, exist_ok=True)
        # As it is installed: a linker leaves a file in small pieces in the cache, and each start pays for it.
        touchmark = Path(shutil.copy(touchmark, work / "touchmark"))
        world = World(touchmark, c2patool, python, programs.helper(), work)
        print(f"{platform.platform()}, {processor()}, {len(os.sched_getaffinity(0))} processors")
        if only_memory:
            return memory(world, args.memory or [1000, 20000])
        for name in args.sets:
            form, width, height = SETS[name]
            count = args.files if name.startswith("small") else args.large_files
            files = world.pictures(name, form, width, height, count)
            one_set(world, name, files, min(args.beside or count, count), args.times)
        start_up(world)


def processor():
    with open("/proc/cpuinfo") as file:
        return next((line.split(": ")[1].strip() for line in file if line.startswith("model name")), "unknown processor")


def one_set(world, name, files, beside, times):
    count = len(os.listdir(files))
    few = world.fresh("few")
    few.mkdir()
    for file in sorted(os.listdir(files))[:beside]:
        os.link(files / file, few / file)
    size = sum(file.stat().st_size for file in files.iterdir()) / count
    table = Table(f"{name}: {count} files of {size / 1e6:.2f} MB")
    floors = []
    for folder, number in [("two", None), ("one", 1)]:
        exports = []
        for _ in range(times):
            home, out = world.home(folder), world.fresh(f"out-{folder}")
            exports.append(settled(home.export(files, out), number))
            floors.append(programs.ask(world.helper, "floor", files, FLOOR[name.split("-")[0]])["floor"])
        alone = ", one core" if number else ""
        table.add("export" + alone, quickest(exports), count)
        table.add("verify" + alone, quickest([settled(home.verify(out), number) for _ in range(times)]), count)
    table.add("floor, one thread", Cost(cpu=min(floors), read=None, written=None), 1)
    readers = [programs.ask(world.helper, "reader", out, home.anchors)["reader"] for _ in range(times)]
    table.add("the C2PA library's reader, one thread", Cost(cpu=min(readers), read=None, written=None), 1)
    for thumbnails in (True, False):
        how = "" if thumbnails else " without thumbnails"
        others = world.fresh("others")
        others.mkdir()
        table.add("c2patool" + how, measured.each(programs.sign_with_c2patool(world.c2patool, home, few, others, thumbnails)), beside)
        if world.python:
            others = world.fresh("others")
            table.add("c2pa-python" + how, settled(programs.sign_with_python(world.python, home, few, others, thumbnails)), beside)
    signed = world.fresh("few")
    signed.mkdir()
    for file in sorted(os.listdir(out))[:beside]:
        os.link(out / file, signed / file)
    table.add("c2patool, reading", measured.each(programs.read_with_c2patool(world.c2patool, home, signed)), beside)
    table.show()
    wanted(table, name)
    for folder in ("two", "one", "out-two", "out-one", "others", "few"):
        world.fresh(folder)


def quickest(costs):
    """What others on the machine do makes a run slower, never quicker."""
    return min(costs, key=lambda cost: cost.cpu)


def settled(command, cores=None):
    """What others have written before is on the disk when a run begins."""
    os.sync()
    return measured.run(command, cores)


def start_up(world, times=15):
    """One small file, as a person verifies it."""
    for name, form, size in [("1024 x 1024 JPEG", "jpg", 1024), ("256 x 256 JPEG", "jpg", 256)]:
        home, out = world.home("start"), world.fresh("out-start")
        measured.run(home.export(world.pictures(f"start-{size}", form, size, size, 1), out))
        [signed] = out.iterdir()
        runs = [measured.run(home.verify(signed)) for _ in range(times)]
        cpu = statistics.median(run.cpu for run in runs)
        met = "met" if cpu < 0.015 else "NOT met"
        print(f"verify of one file, {name}: {cpu * 1e3:.1f} ms of CPU (wanted: below 15: {met})")
        world.fresh("start"), world.fresh("out-start")


def memory(world, counts):
    """A folder streams: more files do not take more memory."""
    for count in counts:
        files = world.pictures("tiny", "jpg", 256, 256, count)
        home, out = world.home("memory"), world.fresh("out-memory")
        for what, command in [("export", home.export(files, out)), ("verify", home.verify(out))]:
            cost = settled(command)
            each = f"{cost.wall / count * 1e3:.2f} ms, {cost.cpu / count * 1e3:.2f} ms of CPU each"
            print(f"{what} of {count} files of 256 x 256: at most {cost.memory / 1e6:.0f} MB; {each}")
        world.fresh("memory"), world.fresh("out-memory")


if __name__ == "__main__":
    try:
        main()
    except measured.Failed as failed:
        programs.stop(str(failed))
