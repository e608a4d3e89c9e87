"""The embedded engine: Deepgram's live protocol served on loopback by a local speech model, a program of its own.

Nothing here imports the web side, and of this package the web side imports `launcher` alone.
"""
