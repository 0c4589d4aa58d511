"""Duologue: every direct message of every platform in one private, self-hosted inbox."""

__version__ = "0.1.0"
