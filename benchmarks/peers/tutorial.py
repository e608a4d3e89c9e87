"""The stack of Deepgram's tutorial "Live Transcription With Python and Django" (2022), with current versions.

Django, Channels and Daphne; a consumer a session that opens the SDK's async client, passes audio up and sends the
transcript of what comes back. `DEEPGRAM_URL=ws://… daphne benchmarks.peers.tutorial:application`.
"""

from __future__ import annotations

import asyncio
import os
from typing import Any

from django.conf import settings

settings.configure(SECRET_KEY="of no worth", ALLOWED_HOSTS=["*"], INSTALLED_APPS=["channels"], ROOT_URLCONF=__name__)

import django  # noqa: E402

django.setup()

from channels.generic.websocket import AsyncWebsocketConsumer  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from deepgram import AsyncDeepgramClient  # noqa: E402
from deepgram.core.events import EventType  # noqa: E402
from deepgram.environment import DeepgramClientEnvironment  # noqa: E402
from django.core.asgi import get_asgi_application  # noqa: E402
from django.urls import path  # noqa: E402

urlpatterns: list[Any] = []
url = os.environ["DEEPGRAM_URL"]
deepgram = AsyncDeepgramClient(
    api_key="k", environment=DeepgramClientEnvironment(base=url, production=url, agent=url, agent_rest=url)
)


class TranscriptConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]
    """One session, as in the tutorial: connect, receive, get_transcript, disconnect."""

    async def connect(self) -> None:
        """Opens the upstream, then the client."""
        self.opened = deepgram.listen.v1.connect(model="nova-3", punctuate="true")
        self.socket = await self.opened.__aenter__()
        self.socket.on(EventType.MESSAGE, self.get_transcript)
        self.listening = asyncio.create_task(self.socket.start_listening())
        await self.accept()

    async def get_transcript(self, message: Any) -> None:
        """Sends the client what was said."""
        if message.type == "Results" and (transcript := message.channel.alternatives[0].transcript):
            await self.send(transcript)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Passes audio on."""
        if bytes_data:
            await self.socket.send_media(bytes_data)

    async def disconnect(self, code: int) -> None:
        """Closes the upstream."""
        await self.opened.__aexit__(None, None, None)
        await self.listening


application = ProtocolTypeRouter(
    {"http": get_asgi_application(), "websocket": URLRouter([path("listen", TranscriptConsumer.as_asgi())])}
)
