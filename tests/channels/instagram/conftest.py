"""What every folder of a channel has, and who writes here."""

from tests.channels.doubled import House, account, answer, clock, double, house

__all__ = ["KOFI", "LENA", "House", "account", "answer", "clock", "double", "house"]

LENA = "5544001101"
KOFI = "5544001102"
