"""The page's files as they travel: scripts without the comments and the indentation that half of them is."""

from __future__ import annotations

from flask import Flask, Response
from rjsmin import jsmin


class App(Flask):
    """A Flask app whose static scripts are small; with `flask --debug` they come as they are written."""

    def send_static_file(self, filename: str) -> Response:
        response = super().send_static_file(filename)
        if filename.endswith(".js") and response.status_code == 200 and not self.debug:
            response.direct_passthrough = False
            response.set_data(jsmin(response.get_data(as_text=True)))
        return response
