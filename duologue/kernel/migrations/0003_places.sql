-- Where a message stands in its conversation: as its platform has it, not as it happened to come.

ALTER TABLE message ADD COLUMN placed_at timestamptz;
-- A new type writes every row once, whoever owns it; an UPDATE would leave all of them behind as dead ones.
ALTER TABLE message ALTER COLUMN placed_at TYPE timestamptz USING greatest(
  least(provider_time, received_time + interval '5 minutes'), received_time - interval '5 minutes');
ALTER TABLE message ALTER COLUMN placed_at SET NOT NULL, ALTER COLUMN placed_at SET DEFAULT now();

CREATE INDEX message_place ON message (workspace_id, conversation_id, placed_at, seq);
