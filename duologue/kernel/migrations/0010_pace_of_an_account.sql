-- An account may have a pace of its own: what a telephone number may send depends on its kind.

ALTER TABLE pace
  ADD COLUMN own_rate float8 CHECK (own_rate > 0),     -- tokens a second; null: as all accounts of its platform
  ADD COLUMN own_burst float8 CHECK (own_burst >= 1);
