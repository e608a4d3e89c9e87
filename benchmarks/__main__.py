"""`python -m benchmarks [part ...] [--quick]`: runs the parts, prints their tables and keeps them in results/."""

from __future__ import annotations

import argparse
import importlib
import os
import platform
from pathlib import Path

PARTS = ("relay", "engine", "page", "growth")
RESULTS = Path(__file__).parent / "results"


def main() -> None:
    """Runs what is asked for; `--quick` runs everything small, to see that it runs, and keeps nothing."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=main.__doc__)
    parser.add_argument("parts", nargs="*", metavar="part", help=f"{', '.join(PARTS)}; all of them unless told")
    parser.add_argument("--quick", action="store_true", help="small: the figures mean nothing")
    arguments = parser.parse_args()
    if unknown := set(arguments.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    machine = f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores"
    print(machine, end="\n\n")
    for name in arguments.parts or PARTS:
        report = importlib.import_module(f"benchmarks.{name}").run(quick=arguments.quick)
        print(report, end="\n\n", flush=True)
        if not arguments.quick:
            RESULTS.mkdir(exist_ok=True)
            (RESULTS / f"{name}.md").write_text(f"{machine}\n\n{report}\n")


if __name__ == "__main__":
    main()
