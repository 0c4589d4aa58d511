-- Since when an account is in trouble, and of what class a refusal was.

ALTER TABLE channel ADD COLUMN trouble_at timestamptz;
UPDATE channel SET trouble_at = now() WHERE trouble IS NOT NULL;

ALTER TABLE attempt ADD COLUMN why text;     -- of a refusal: its class
