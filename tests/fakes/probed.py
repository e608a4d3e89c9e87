"""The app with more addresses: one counts what a session could leave behind in its worker, two change its clocks,
one takes a limit away."""

from __future__ import annotations

import gc
import math
import os
import threading
import time
from types import SimpleNamespace

import gevent
from flask import Flask, Response, jsonify, request

import app
from transcribe import meter


def create_app() -> Flask:
    probed = app.create_app()

    @probed.get("/probe")
    def probe() -> Response:
        gc.collect()
        # The resolver's own greenlets, one for each of its threads, end after 5 s of rest.
        greenlets = sum(isinstance(thing, gevent.Greenlet) and not thing.dead for thing in gc.get_objects())
        return jsonify(
            greenlets=greenlets, threads=threading.active_count(), descriptors=len(os.listdir("/proc/self/fd"))
        )

    @probed.get("/jump")
    def jump() -> str:
        """Sets the wall clock of this process, not the monotonic one, as when a machine's clock is corrected."""
        true_time, jumped_s = time.time, 3600 * int(request.args["hours"])
        time.time = lambda: true_time() + jumped_s
        return ""

    @probed.get("/hurry")
    def hurry() -> str:
        """Makes the clock by which sessions are metered run so many times as fast."""
        begin, speed = time.monotonic(), int(request.args["speed"])
        meter.time = SimpleNamespace(monotonic=lambda: begin + speed * (time.monotonic() - begin))
        return ""

    @probed.get("/unmetered")
    def unmeter() -> str:
        """Lets a session be any time ahead of the clock."""
        meter.BURST_S = math.inf
        return ""

    return probed
