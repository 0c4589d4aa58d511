"""What every folder of a channel has."""

from tests.channels.doubled import House, account, answer, clock, double, house

__all__ = ["House", "account", "answer", "clock", "double", "house"]
