"""The app with one more address, which counts what a session could leave behind in its worker."""

from __future__ import annotations

import gc
import os
import threading

import gevent
from flask import Flask, Response, jsonify

import app


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

    return probed
