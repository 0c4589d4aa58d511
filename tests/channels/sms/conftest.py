"""What every folder of a channel has."""

from tests.channels.doubled import OUTSIDE, House, account, answer, clock, double, house

__all__ = ["OUTSIDE", "House", "account", "answer", "clock", "double", "house"]
