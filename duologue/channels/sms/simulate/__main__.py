"""Runs the double by itself."""

from duologue.channels.shared.double.control import main
from duologue.channels.sms.simulate import __doc__ as words
from duologue.channels.sms.simulate.double import Double

main(lambda seed: Double(seed=seed), prog="python -m duologue.channels.sms.simulate", words=words)
