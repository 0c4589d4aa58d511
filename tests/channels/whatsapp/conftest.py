"""What every folder of a channel has, and who writes here."""

from tests.channels.doubled import House, account, answer, clock, double, house

__all__ = ["GRETA", "GRETA_PHONE", "YUKI", "House", "account", "answer", "clock", "double", "house"]

GRETA = "DE.20000000000000000001"
GRETA_PHONE = "4915112340001"
YUKI = "JP.20000000000000000003"
