"""What is installed is pinned, with hashes, and is what the .in files ask for."""

from __future__ import annotations

import re
import subprocess

import pytest

from tests.running import ROOT


def pins(text: str) -> set[tuple[str, str]]:
    """Package names, as PyPI compares them, and their versions: more than one where platforms differ."""
    found = re.findall(r"^([\w.-]+)(?:\[\w+\])?==([\w.]+)", text, re.M)
    return {(re.sub(r"[-_.]+", "-", name).lower(), version) for name, version in found}


@pytest.mark.parametrize("name", ["requirements", "tests/requirements", "benchmarks/requirements"])
def test_everything_is_pinned_with_hashes_as_asked_for(name: str) -> None:
    asked = pins((ROOT / f"{name}.in").read_text())
    locked = (ROOT / f"{name}.txt").read_text()
    assert asked <= pins(locked), "run make lock"
    requirements = re.findall(r"^\S.*(?:\n .*)*", re.sub(r"^#.*\n", "", locked, flags=re.M), re.M)
    assert len(requirements) == len(pins(locked))
    assert all("--hash=sha256:" in requirement for requirement in requirements)


def test_a_machine_without_an_engine_installs_all_but_the_engine() -> None:
    script = (ROOT / "scripts/install-run").read_text()
    [command] = re.findall(r"awk .* requirements.txt", script)
    kept = subprocess.run(["sh", "-c", command], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    everything = pins((ROOT / "requirements.txt").read_text())
    assert everything - pins(kept) == {("moonshine-voice", "0.1.0")}
    assert re.match(r"(#.*\n)*\w", kept)
