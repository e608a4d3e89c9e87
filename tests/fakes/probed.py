"""The app with one more address, which counts what a session could leave behind in its worker."""

from __future__ import annotations

import gc
import os
import threading

import greenlet
from flask import Flask, Response, jsonify

import app


def create_app() -> Flask:
    probed = app.create_app()

    @probed.get("/probe")
    def probe() -> Response:
        gc.collect()
        greenlets = sum(isinstance(thing, greenlet.greenlet) and not thing.dead for thing in gc.get_objects())
        return jsonify(
            greenlets=greenlets, threads=threading.active_count(), descriptors=len(os.listdir("/proc/self/fd"))
        )

    return probed
