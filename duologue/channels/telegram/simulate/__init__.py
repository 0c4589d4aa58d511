"""A faithful local double of the platform: Bot API, file server, webhook and long polling, people with phones.

`python -m duologue.channels.telegram.simulate --port 9000 --webhook http://127.0.0.1:8000/in/…` runs it by itself.
"""

from duologue.channels.telegram.simulate.double import Double

SIMULATOR = Double
