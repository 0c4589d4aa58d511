"""WeChat on a port of this machine: its API, its encrypted calls, and three people with phones."""

from duologue.channels.wechat.simulate.double import Double

SIMULATOR = Double
