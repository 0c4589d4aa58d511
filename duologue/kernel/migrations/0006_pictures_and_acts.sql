-- Pictures have a small copy, and what is done to a message after it was sent is written down before it is done.

ALTER TABLE attachment
  ADD COLUMN width int,                      -- of a picture that has been made ready: it has a small copy then
  ADD COLUMN height int;
-- Pictures from before are made ready too. A new type writes every row once, whoever owns it.
ALTER TABLE attachment ALTER COLUMN state TYPE text USING CASE
  WHEN state = 'stored' AND mime IN ('image/jpeg', 'image/png', 'image/webp', 'image/gif') THEN 'pending' ELSE state END;

CREATE TABLE message_act (                   -- a message that was sent is changed, taken back or reacted to, by us
  workspace_id uuid NOT NULL,
  id uuid NOT NULL,
  message_id uuid NOT NULL,
  conversation_id uuid NOT NULL,
  channel_id uuid NOT NULL,
  kind text NOT NULL CHECK (kind IN ('edit', 'unsend', 'react')),
  by_member uuid,                            -- NULL: a program
  words_sealed bytea,                        -- the new text, or the sign
  status text NOT NULL CHECK (status IN ('queued', 'sending', 'done', 'failed', 'unknown', 'cancelled')),
  reason text,
  attempt int NOT NULL DEFAULT 0,            -- the fence, as with messages
  asked_at timestamptz NOT NULL,
  due_at timestamptz NOT NULL,
  started_at timestamptz,
  lease_until timestamptz,
  ended_at timestamptz,
  PRIMARY KEY (workspace_id, id),
  FOREIGN KEY (workspace_id, message_id) REFERENCES message ON DELETE CASCADE,
  FOREIGN KEY (workspace_id, channel_id) REFERENCES channel
);
CREATE INDEX message_act_open ON message_act (due_at) WHERE status IN ('queued', 'sending');
CREATE INDEX message_act_message ON message_act (workspace_id, message_id, id);

ALTER TABLE message
  ADD COLUMN told_sealed bytea,              -- small facts that the platform told about its delivery
  ADD COLUMN also text[];                    -- ids of its earlier parts, where the platform made several of it

ALTER TABLE message_act ENABLE ROW LEVEL SECURITY;
ALTER TABLE message_act FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON message_act FOR ALL TO duologue_member
  USING (workspace_id = nullif(current_setting('duologue.workspace', true), '')::uuid)
  WITH CHECK (workspace_id = nullif(current_setting('duologue.workspace', true), '')::uuid);
CREATE POLICY keeper ON message_act FOR ALL TO duologue_keeper USING (true) WITH CHECK (true);
CREATE POLICY all_of_it ON message_act FOR ALL TO duologue_hall USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON message_act TO duologue_member;
GRANT SELECT (workspace_id, id, message_id, conversation_id, channel_id, kind, status, attempt, due_at, lease_until,
  asked_at) ON message_act TO duologue_hall;
GRANT UPDATE (status, attempt, due_at, lease_until, started_at, reason) ON message_act TO duologue_hall;
