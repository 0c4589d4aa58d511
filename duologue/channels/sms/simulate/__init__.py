"""A faithful local double of the platform: Messages API, files, signed calls, people with phones, misbehaviour.

`python -m duologue.channels.sms.simulate --port 9000 --webhook http://127.0.0.1:8000/in/…` runs it by itself.
"""

from duologue.channels.sms.simulate.double import Double

SIMULATOR = Double
