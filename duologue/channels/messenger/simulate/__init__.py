"""A faithful local double of the platform: Graph API, file servers, signed hooks, people with phones, and misbehaviour.

`python -m duologue.channels.messenger.simulate --port 9000 --webhook http://127.0.0.1:8000/in/…` runs it by itself.
"""

from duologue.channels.messenger.simulate.double import Double

SIMULATOR = Double
