"""A faithful local double of the platform: Messaging API, file servers, signed calls, people with phones, misbehaviour.

`python -m duologue.channels.line.simulate --port 9000 --webhook http://127.0.0.1:8000/in/…` runs it by itself.
"""

from duologue.channels.line.simulate.double import Double

SIMULATOR = Double
