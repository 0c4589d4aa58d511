-- On some platforms a tap (a menu, a scanned code, a follow) lets one answer too, but for a shorter time and less often
-- than a message does; the two stand side by side.

ALTER TABLE conversation
  ADD COLUMN tapped_at timestamptz,                 -- the person's last tap, where rules tell taps from words
  ADD COLUMN tap_answers int NOT NULL DEFAULT 0;    -- messages of ours since
