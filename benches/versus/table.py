"""What was measured, as a table of ratios, and what was wanted."""

COLUMNS = ["", "wall", "CPU", "x wall", "x CPU", "read", "written", "peak"]
UNITS = ["", "ms/image", "ms/image", "of ours", "of ours", "MB/image", "MB/image", "MB"]


class Table:
    def __init__(self, title):
        self.title = title
        self.rows = {}
        self.counts = {}

    def add(self, name, cost, count):
        self.rows[name] = cost
        self.counts[name] = count

    def cpu(self, name):
        return self.rows[name].cpu / self.counts[name]

    def wall(self, name):
        return self.rows[name].wall / self.counts[name]

    def show(self):
        print(f"\n{self.title}")
        lines = [COLUMNS, UNITS]
        for name in self.rows:
            reads = "verify" in name or "read" in name and "one thread" in name or "reading" in name
            lines.append(self.line(name, "verify" if reads else "export"))
        for line in lines:
            print(f"{line[0]:<40}" + "".join(f"{cell:>10}" for cell in line[1:]))

    def line(self, name, ours):
        cost, count = self.rows[name], self.counts[name]
        no_wall = cost.wall == 0
        moved = ["-" if part is None else f"{part / count / 1e6:.2f}" for part in (cost.read, cost.written)]
        return [
            ("touchmark " if name.startswith(("export", "verify")) else "") + name,
            "-" if no_wall else f"{self.wall(name) * 1e3:.2f}",
            f"{self.cpu(name) * 1e3:.2f}",
            "-" if no_wall else f"{self.wall(name) / self.wall(ours):.2f}",
            f"{self.cpu(name) / self.cpu(ours):.2f}",
            *moved,
            f"{cost.memory / 1e6:.0f}" if cost.memory else "-",
        ]


def wanted(table, name):
    """Each wanted number, and whether it was met."""
    small = name.startswith("small")
    wall = lambda other, ours: table.wall(other) / table.wall(ours)
    cpu = lambda ours, other: table.cpu(ours) / table.cpu(other)
    at_least, at_most = "at least", "at most"
    numbers = [
        ("export: CPU as a multiple of the floor", cpu("export", "floor, one thread"), at_most, 1.6 if small else 1.35),
        ("export: two cores against one", wall("export, one core", "export"), at_least, 1.8),
        ("verify: two cores against one", wall("verify, one core", "verify"), at_least, 1.8),
    ]
    if small:
        numbers += [
            ("export: times as fast as c2patool", wall("c2patool", "export"), at_least, 20),
            ("export: times as fast as c2patool without thumbnails", wall("c2patool without thumbnails", "export"), at_least, 3),
            ("verify: times as fast as c2patool", wall("c2patool, reading", "verify"), at_least, 5),
        ]
    else:
        numbers.append(("verify: CPU as a multiple of the library's reader", cpu("verify", "the C2PA library's reader, one thread"), at_most, 1.2))
    for what, value, sense, limit in numbers:
        met = value >= limit if sense == at_least else value <= limit
        print(f"  {what}: {value:.2f} (wanted: {sense} {limit}: {'met' if met else 'NOT met'})")
