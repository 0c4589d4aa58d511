-- Signing in at a platform in an administrator's browser, keys that one process renews for all of them, and how much an
-- account has sent, where its provider counts.

CREATE TABLE sign_in_begun (                 -- an administrator was led to a platform and has not come back yet
  workspace_id uuid NOT NULL,
  state_hash bytea NOT NULL CHECK (length(state_hash) = 32),
  channel_id uuid NOT NULL,
  session_id uuid NOT NULL,
  verifier_sealed bytea NOT NULL,
  begun_at timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, state_hash),
  FOREIGN KEY (workspace_id, channel_id) REFERENCES channel ON DELETE CASCADE,
  FOREIGN KEY (workspace_id, session_id) REFERENCES session ON DELETE CASCADE
);

CREATE TABLE sent_minute (                   -- how many messages an account sent in a minute; kept for a day
  workspace_id uuid NOT NULL,
  channel_id uuid NOT NULL,
  minute timestamptz NOT NULL,
  messages int NOT NULL CHECK (messages >= 0),
  PRIMARY KEY (workspace_id, channel_id, minute),
  FOREIGN KEY (workspace_id, channel_id) REFERENCES channel ON DELETE CASCADE
);

ALTER TABLE channel ADD COLUMN renewing_until timestamptz;   -- a process is fetching a fresh key; the others wait for it
ALTER TABLE pace ADD COLUMN bulk_held_until timestamptz;     -- what is left of the provider's limit is for answers

DO $$
DECLARE one text;
BEGIN
  FOREACH one IN ARRAY ARRAY['sign_in_begun', 'sent_minute'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', one);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', one);
    EXECUTE format($p$CREATE POLICY own ON %I FOR ALL TO duologue_member
      USING (workspace_id = nullif(current_setting('duologue.workspace', true), '')::uuid)
      WITH CHECK (workspace_id = nullif(current_setting('duologue.workspace', true), '')::uuid)$p$, one);
    EXECUTE format('CREATE POLICY keeper ON %I FOR ALL TO duologue_keeper USING (true) WITH CHECK (true)', one);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO duologue_member', one);
  END LOOP;
END $$;

CREATE POLICY all_of_it ON sent_minute FOR ALL TO duologue_hall USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON sent_minute TO duologue_hall;
GRANT UPDATE (renewing_until) ON channel TO duologue_hall;
