"""Runs the double by itself."""

from duologue.channels.instagram.simulate import __doc__ as words
from duologue.channels.instagram.simulate.double import Double
from duologue.channels.shared.double.control import main

main(lambda seed: Double(seed=seed), prog="python -m duologue.channels.instagram.simulate", words=words)
