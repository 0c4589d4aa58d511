"""What every folder of a channel has, and who writes here."""

from tests.channels.doubled import House, account, answer, clock, double, house

__all__ = ["MIA", "TOM", "House", "account", "answer", "clock", "double", "house"]

MIA = "7700112201"
TOM = "7700112202"
