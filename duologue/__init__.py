"""Duologue: every direct message of every platform in one private, self-hosted inbox."""
