from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fakes.deepgram import FakeDeepgram
from tests.fakes.tones import write_tones
from tests.faults.recording import LONG_TONES, TONES, Tones
from tests.running import RunningApp, connect


@pytest.fixture(scope="session")
def tones(tmp_path_factory: pytest.TempPathFactory) -> Tones:
    path = tmp_path_factory.mktemp("tones") / "tones.wav"
    return path, write_tones(path, TONES)


@pytest.fixture(scope="session")
def long_tones(tmp_path_factory: pytest.TempPathFactory) -> Tones:
    path = tmp_path_factory.mktemp("long_tones") / "tones.wav"
    return path, write_tones(path, LONG_TONES)


@pytest.fixture(scope="session")
def _at_rest(server: RunningApp) -> dict[str, int]:
    """What the worker holds after a first session, which loads what all sessions use."""
    with connect(server.listen_url()):
        pass
    return server.holdings()


@pytest.fixture(autouse=True)
def _leaves_nothing_behind(server: RunningApp, _at_rest: dict[str, int], deepgram: FakeDeepgram) -> Iterator[None]:
    yield
    assert deepgram.all_closed()
    held = server.holdings()
    assert all(held[kind] <= _at_rest[kind] for kind in held), f"{held} after, {_at_rest} before"
