"""Runs the double by itself."""

from duologue.channels.shared.double.control import main
from duologue.channels.wechat.simulate import __doc__ as words
from duologue.channels.wechat.simulate.double import Double

main(lambda seed: Double(seed=seed), prog="python -m duologue.channels.wechat.simulate", words=words)
