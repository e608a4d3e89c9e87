"""A page in headless Chromium under the messages of a session: what each costs its main thread, and its heap."""

from __future__ import annotations

import contextlib
import json
import shutil
import statistics
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Browser, Page, sync_playwright
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection, serve

from tests.browsing import ARGUMENTS, MICROPHONE, press
from tests.fakes.deepgram import FakeDeepgram, listen, worded
from tests.running import RunningApp

HERE = Path(__file__).parent
COSTS = HERE / "costs.js"
TEXT = "This is what one of them said at last, in some words that fill a line or two."
WORDS = len(TEXT.split())
TURN_S = 0.08  # 10,000 turns stay within the 15 minutes that a session may be ahead
BATCH = 250  # finals on their way at once: the page reads them all before the server gives it up
VIEWPORT = {"width": 900, "height": 600}

Message = dict[str, object]
Send = Callable[[Message], None]


class Cost(NamedTuple):
    """What one message takes of the main thread, in ms."""

    median: float
    p99: float


class Heap(NamedTuple):
    """What a page holds, in MB."""

    scripts: float
    all: float
    """Elements, styles and their layout too."""


class Talk:
    """A page that transcribes: turns are said to it, and it is measured under them."""

    def __init__(
        self, page: Page, send: Send, *, turn_s: float = TURN_S, has_interims: bool = True, grows_unseen: bool = False
    ) -> None:
        self._page = page
        self._send = send
        self._turn_s = turn_s
        self._has_interims = has_interims
        self._grows_unseen = grows_unseen
        self._devtools = page.context.new_cdp_session(page)
        self._turns = 0
        self.sent = 0

    def grow(self, turns: int, interims: int = 0) -> None:
        """Says turns until the transcript is this long, each after so many interims."""
        if self._grows_unseen:
            self._page.evaluate("document.body.style.display = 'none'")
        batch = 1 if interims else BATCH  # a page that reads late is sent no interims
        while self._turns < turns:
            for _ in range(min(batch, turns - self._turns)):
                for number in range(1, interims + 1):
                    self._say(self._interim(number * WORDS // interims))
                self._say(self._final())
            self._wait("messages", self.sent)
        self._page.evaluate("document.body.style.display = ''")

    def interim(self, count: int) -> Cost | None:
        """The cost of an interim after the last turn, which grows word by word; None where the page asks for none."""
        if not self._has_interims:
            return None
        return self._cost(self._interim(number % WORDS + 1) for number in range(count))

    def final(self, count: int) -> Cost:
        """The cost of a final; each is a turn more."""
        return self._cost(self._final() for _ in range(count))

    def heap(self) -> Heap:
        """What it holds once the rubbish is out."""
        self._devtools.send("HeapProfiler.collectGarbage")
        usage = self._devtools.send("Runtime.getHeapUsage")
        scripts = usage["usedSize"] / 1e6
        return Heap(scripts, scripts + usage["embedderHeapUsedSize"] / 1e6)

    def _cost(self, messages: Iterable[Message]) -> Cost:
        self._page.evaluate("async () => { await new Promise(requestAnimationFrame); costs = []; }")
        for number, message in enumerate(messages, 1):
            self._say(message)
            self._wait("costs", number)
        costs: list[float] = self._page.evaluate("costs")
        return Cost(statistics.median(costs), statistics.quantiles(costs, n=100, method="inclusive")[98])

    def _say(self, message: Message) -> None:
        self._send(message)
        self.sent += 1

    def _wait(self, what: str, count: int) -> None:
        self._page.evaluate(
            """async ([what, count]) => {
                while ((window[what].length ?? window[what]) < count) await new Promise((go) => setTimeout(go, 5));
            }""",
            [what, count],
        )

    def _final(self) -> Message:
        self._turns += 1
        return self._results(TEXT, self._turns - 1)

    def _interim(self, words: int) -> Message:
        message = self._results(" ".join(TEXT.split()[:words]), self._turns)
        return message | {"is_final": False, "speech_final": False}

    def _results(self, text: str, turn: int) -> Message:
        """Speakers take turns, so that each is one on the page."""
        return worded(text, self._turn_s * turn, speaker=turn % 2, word_s=self._turn_s / WORDS)


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """A browser with a tone for a microphone."""
    with sync_playwright() as playwright:
        arguments = [*ARGUMENTS, "--use-fake-device-for-media-stream"]
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=arguments)
        yield browser
        browser.close()


def new_page(browser: Browser) -> Page:
    """A page of a context of its own, with nothing cached and no service worker."""
    return browser.new_context(permissions=[MICROPHONE], viewport=VIEWPORT, service_workers="block").new_page()


@contextlib.contextmanager
def ours(browser: Browser, kind: str = "gunicorn", turn_s: float = TURN_S) -> Iterator[tuple[Talk, RunningApp]]:
    """The app's page, recording, behind the app, in front of a fake Deepgram that says what the talk sends."""
    fake = FakeDeepgram()
    fake.script = listen
    with contextlib.closing(fake), RunningApp(kind, DEEPGRAM_URL=fake.url) as app:
        page = new_page(browser)
        page.add_init_script(path=COSTS)
        page.goto(app.url)
        page.wait_for_selector("html[data-ready]")
        press(page, "Start")
        call = fake.call()
        assert call.audio_came.wait(5)
        yield Talk(page, lambda message: call.send(**message), turn_s=turn_s), app
        page.context.close()


@contextlib.contextmanager
def tutorial(browser: Browser) -> Iterator[Talk]:
    """The tutorial's page, which is sent the text of finals alone."""
    with PeerServer("tutorial.html") as server:
        yield Talk(server.open(browser), lambda message: server.send(_text(message)), has_interims=False)


@contextlib.contextmanager
def starter(browser: Browser) -> Iterator[Talk]:
    """The starter's page, which is sent Deepgram's messages as they come. Seen, it takes minutes to grow."""
    with PeerServer("starter.html") as server:
        yield Talk(server.open(browser), lambda message: server.send(json.dumps(message)), grows_unseen=True)


def _text(message: Message) -> str:
    return str(message["channel"]["alternatives"][0]["transcript"])  # type: ignore[index]


class PeerServer:
    """Serves a peer's page and its WebSocket, on which it says what it is told."""

    def __init__(self, name: str) -> None:
        self._html = (HERE / "peers" / name).read_bytes()
        self._connected = threading.Event()
        self._server = serve(self._handle, "127.0.0.1", 0, process_request=self._answer, compression=None)
        self.url = f"http://127.0.0.1:{self._server.socket.getsockname()[1]}/"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> PeerServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()

    def open(self, browser: Browser) -> Page:
        page = new_page(browser)
        page.add_init_script(path=COSTS)
        page.goto(self.url)
        assert self._connected.wait(5)
        return page

    def send(self, text: str) -> None:
        self._connection.send(text)

    def _answer(self, connection: ServerConnection, request: Request) -> Response | None:
        if request.path == "/listen":
            return None
        if request.path != "/":
            return connection.respond(404, "")
        headers = {"Content-Type": "text/html; charset=utf-8", "Content-Length": str(len(self._html))}
        return Response(200, "OK", Headers(headers), self._html)

    def _handle(self, connection: ServerConnection) -> None:
        self._connection = connection
        self._connected.set()
        with contextlib.suppress(ConnectionClosed):
            for _ in connection:
                pass  # its audio
