-- What platforms' rules need to know: answers since the person's last word, who wants no more, further names of one
-- person, and how an account is.

ALTER TABLE conversation
  ADD COLUMN answers int NOT NULL DEFAULT 0,  -- messages of ours since the person's last word
  ADD COLUMN last_in_as text NOT NULL DEFAULT 'message' CHECK (last_in_as IN ('message', 'comment'));

ALTER TABLE address
  ADD COLUMN stopped text NOT NULL DEFAULT '' CHECK (stopped IN ('', 'bulk', 'all'));

CREATE TABLE alias (                         -- further ids under which the platform speaks of the same address
  workspace_id uuid NOT NULL,
  channel_id uuid NOT NULL,
  external_index bytea NOT NULL CHECK (length(external_index) = 16),
  address_id uuid NOT NULL,
  at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (workspace_id, channel_id, external_index),
  FOREIGN KEY (workspace_id, address_id) REFERENCES address ON DELETE CASCADE
);
CREATE INDEX alias_address ON alias (workspace_id, address_id);

CREATE TABLE consent (                       -- who said stop or go on, when and how; only ever added to
  workspace_id uuid NOT NULL,
  id uuid NOT NULL,
  address_id uuid NOT NULL,
  scope text NOT NULL CHECK (scope IN ('bulk', 'all')),
  stopped boolean NOT NULL,
  via text NOT NULL CHECK (via IN ('person', 'platform', 'member')),
  word_sealed bytea,                         -- what the person wrote or tapped
  by_member uuid,
  at timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, id),
  FOREIGN KEY (workspace_id, address_id) REFERENCES address ON DELETE CASCADE
);
CREATE INDEX consent_address ON consent (workspace_id, address_id, at);

CREATE TABLE channel_sign (                  -- what the platform last told about an account: quality, limits, tokens
  workspace_id uuid NOT NULL,
  channel_id uuid NOT NULL,
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 60),
  words text NOT NULL CHECK (length(words) <= 500),
  level text NOT NULL CHECK (level IN ('good', 'warn', 'bad')),
  until timestamptz,
  at timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, channel_id, name),
  FOREIGN KEY (workspace_id, channel_id) REFERENCES channel ON DELETE CASCADE
);

ALTER TABLE channel
  ADD COLUMN looked_at timestamptz,          -- when its platform was last asked how it is, and for what never came
  ADD COLUMN repaired_until timestamptz;     -- everything before has been compared with the platform's own history

DO $$
DECLARE one text;
BEGIN
  FOREACH one IN ARRAY ARRAY['alias', 'consent', 'channel_sign'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', one);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', one);
    EXECUTE format($p$CREATE POLICY own ON %I FOR ALL TO duologue_member
      USING (workspace_id = nullif(current_setting('duologue.workspace', true), '')::uuid)
      WITH CHECK (workspace_id = nullif(current_setting('duologue.workspace', true), '')::uuid)$p$, one);
    EXECUTE format('CREATE POLICY keeper ON %I FOR ALL TO duologue_keeper USING (true) WITH CHECK (true)', one);
    EXECUTE format('CREATE POLICY all_of_it ON %I FOR ALL TO duologue_hall USING (true) WITH CHECK (true)', one);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO duologue_member', one);
  END LOOP;
END $$;

REVOKE UPDATE, DELETE ON consent FROM duologue_member;
GRANT UPDATE (looked_at, repaired_until) ON channel TO duologue_hall;
