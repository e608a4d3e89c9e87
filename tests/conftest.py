from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browsing import chromium, open_page
from tests.fakes.deepgram import FakeDeepgram
from tests.running import RunningApp

__all__ = ["chromium", "open_page"]

KEY = "a-key-that-must-stay-here"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Starts what takes minutes first, so that in the end nothing waits for it."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


@pytest.fixture(scope="session")
def _deepgram() -> Iterator[FakeDeepgram]:
    fake = FakeDeepgram()
    yield fake
    fake.close()


@pytest.fixture
def deepgram(_deepgram: FakeDeepgram) -> FakeDeepgram:
    """The fake cloud, as new."""
    _deepgram.reset()
    return _deepgram


@pytest.fixture(scope="session", params=["flask", "gunicorn"])
def app(request: pytest.FixtureRequest, _deepgram: FakeDeepgram) -> Iterator[RunningApp]:
    """The app in front of the fake cloud, under each server that it is run with."""
    running = RunningApp(request.param, DEEPGRAM_URL=_deepgram.url, DEEPGRAM_API_KEY=KEY)
    yield running
    running.stop()


@pytest.fixture(scope="session")
def embedded() -> Iterator[RunningApp]:
    """The app under gunicorn with its embedded engine."""
    running = RunningApp("gunicorn")
    yield running
    running.stop()


@pytest.fixture(scope="session")
def server(_deepgram: FakeDeepgram) -> Iterator[RunningApp]:
    """The app under gunicorn in front of the fake cloud, with a probe of what its worker holds."""
    running = RunningApp("probed", DEEPGRAM_URL=_deepgram.url, DEEPGRAM_API_KEY=KEY)
    yield running
    running.stop()
