"""Live transcription: the path of one chunk of audio.

The page records a chunk and sends it to `/listen`. `access` decides whether the request may open a session and
`options` which Deepgram options it asks for; `client_socket` is the page's end of the session. `session` passes each
chunk up to `upstream`, the Deepgram live client, and each text that comes back down to the page, unparsed. The
upstream is Deepgram's cloud, any server that speaks its protocol, or `engine`, which is embedded here.
"""
