-- Two copies of one installation that both send are noticed by what platforms report back. Since when this one sends
-- because somebody told it to (never, in an original), and when another one was last seen to send.

ALTER TABLE installation ADD COLUMN sends_since timestamptz;
ALTER TABLE installation ADD COLUMN another_at timestamptz;
