"""The brand's connected accounts on platforms: their settings, whether they are switched on, and how they are."""
