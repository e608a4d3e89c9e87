"""What `make bench` runs: this app beside its peers, on one machine, in one run; figures are ratios first.

- relay: a load of sessions, the app or a peer, and a fake upstream, each a process of its own
- engine: real speech in real time, to the embedded engine or a peer
- page: weight, first paint and what an update costs, in Chromium
- growth: each cost against sessions, session length and transcript length, with a plot of each
"""
