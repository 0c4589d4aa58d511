"""A faithful local double of the platform: Graph API of both logins, signed hooks, people with phones, misbehaviour.

`python -m duologue.channels.instagram.simulate --port 9000 --webhook http://127.0.0.1:8000/in/…` runs it by itself.
"""

from duologue.channels.instagram.simulate.double import Double

SIMULATOR = Double
