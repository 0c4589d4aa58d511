"""The brand's accounts on platforms: connect, check, pause, and see how they are."""
