"""Live transcription: the path of one chunk of audio.

The page records a chunk and sends it to `/listen`. `access` decides whether the request may open a session,
`options` which Deepgram options it asks for, `lifecycle` whether there is a place; `client_socket` is the page's end of
the session. `session` passes each chunk up to `upstream`, the Deepgram live client, and each text that comes back down
to the page, unparsed; `wire` is the WebSocket of both ends, and `meter` holds what they take against the limits. The
upstream is Deepgram's cloud, any server that speaks its protocol, or `engine`, which is embedded here.
"""
