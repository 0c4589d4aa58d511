"""Runs the double by itself."""

from duologue.channels.line.simulate import __doc__ as words
from duologue.channels.line.simulate.double import Double
from duologue.channels.shared.double.control import main

main(lambda seed: Double(seed=seed), prog="python -m duologue.channels.line.simulate", words=words)
