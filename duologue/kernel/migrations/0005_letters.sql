-- Answers that nobody saw go on by another account (docs/decisions/0009): where a person may be reached who has left,
-- who looks at a chat now, each letter that went after somebody, and who wants none.

CREATE TABLE reach (                         -- where the person at an address may be written to when they have left
  workspace_id uuid NOT NULL,
  address_id uuid NOT NULL,
  email_index bytea NOT NULL CHECK (length(email_index) = 16),
  proven boolean NOT NULL,                   -- told by the brand's own website; else anybody may have typed it
  told_sealed bytea NOT NULL,                -- the mail address, the page and the language
  since timestamptz NOT NULL,                -- what was answered before goes nowhere
  PRIMARY KEY (workspace_id, address_id),
  FOREIGN KEY (workspace_id, address_id) REFERENCES address ON DELETE CASCADE
);

CREATE TABLE looking (                       -- somebody has the chat open, and until when that is believed
  workspace_id uuid NOT NULL,
  channel_id uuid NOT NULL,
  external_index bytea NOT NULL CHECK (length(external_index) = 16),
  until timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, channel_id, external_index),
  FOREIGN KEY (workspace_id, channel_id) REFERENCES channel ON DELETE CASCADE
);

CREATE TABLE letter (
  workspace_id uuid NOT NULL,
  id uuid NOT NULL,
  conversation_id uuid NOT NULL,
  contact_id uuid NOT NULL,
  channel_id uuid NOT NULL,                  -- the account by which it goes
  to_index bytea NOT NULL CHECK (length(to_index) = 16),
  content_sealed bytea NOT NULL,             -- where to, and what it says
  state text NOT NULL CHECK (state IN ('waiting', 'sending', 'sent', 'failed', 'unknown', 'cancelled')),
  reason text,
  attempt int NOT NULL,                      -- the fence: an outcome counts for its own attempt only
  due_at timestamptz NOT NULL,
  lease_until timestamptz,
  external_id text,
  made_at timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, id),
  FOREIGN KEY (workspace_id, conversation_id) REFERENCES conversation,
  FOREIGN KEY (workspace_id, channel_id) REFERENCES channel
);
CREATE INDEX letter_to ON letter (workspace_id, to_index, made_at);
CREATE INDEX letter_conversation ON letter (workspace_id, conversation_id, made_at);
CREATE INDEX letter_open ON letter (workspace_id, channel_id) WHERE state IN ('waiting', 'sending', 'unknown');

CREATE TABLE letter_line (                   -- which answers a letter carries; each stands in one letter at most
  workspace_id uuid NOT NULL,
  message_id uuid NOT NULL,
  letter_id uuid NOT NULL,
  PRIMARY KEY (workspace_id, message_id),
  FOREIGN KEY (workspace_id, message_id) REFERENCES message ON DELETE CASCADE,
  FOREIGN KEY (workspace_id, letter_id) REFERENCES letter ON DELETE CASCADE
);
CREATE INDEX letter_line_letter ON letter_line (workspace_id, letter_id);

CREATE TABLE no_letters (                    -- "do not write to me here": said by whoever reads at a mail address
  workspace_id uuid NOT NULL REFERENCES workspace,
  to_index bytea NOT NULL CHECK (length(to_index) = 16),
  at timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, to_index)
);

DO $$
DECLARE one text;
BEGIN
  FOREACH one IN ARRAY ARRAY['reach', 'looking', 'letter', 'letter_line', 'no_letters'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', one);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', one);
    EXECUTE format($p$CREATE POLICY own ON %I FOR ALL TO duologue_member
      USING (workspace_id = nullif(current_setting('duologue.workspace', true), '')::uuid)
      WITH CHECK (workspace_id = nullif(current_setting('duologue.workspace', true), '')::uuid)$p$, one);
    EXECUTE format('CREATE POLICY keeper ON %I FOR ALL TO duologue_keeper USING (true) WITH CHECK (true)', one);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO duologue_member', one);
  END LOOP;
END $$;

REVOKE UPDATE, DELETE ON no_letters FROM duologue_member;
