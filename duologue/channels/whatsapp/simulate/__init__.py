"""A faithful local double of the platform: Cloud API, signed hooks, people with phones, templates, misbehaviour.

`python -m duologue.channels.whatsapp.simulate --port 9000 --webhook http://127.0.0.1:8000/in/…` runs it by itself.
"""

from duologue.channels.whatsapp.simulate.double import Double

SIMULATOR = Double
