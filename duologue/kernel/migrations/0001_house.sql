-- The first schema. Every table carries its workspace first in its primary key; row-level security is forced on all of
-- them at the end of this file. Columns ending in _sealed hold AES-256-GCM under the contact's or the workspace's key.

CREATE TABLE installation (
  id uuid PRIMARY KEY,
  sends boolean NOT NULL DEFAULT true,       -- false in a restored copy, until its operator says that it is the one
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE workspace (
  workspace_id uuid PRIMARY KEY,
  name text NOT NULL,
  key_sealed bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);

-- The team -------------------------------------------------------------------------------------------------------------

CREATE TABLE member (
  workspace_id uuid NOT NULL REFERENCES workspace,
  id uuid NOT NULL,
  email text NOT NULL CHECK (email = lower(email) AND length(email) BETWEEN 3 AND 254),
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
  role text NOT NULL CHECK (role IN ('administrator', 'agent')),
  password_hash text NOT NULL CHECK (length(password_hash) > 20),
  active boolean NOT NULL DEFAULT true,
  locale text NOT NULL DEFAULT 'en',
  theme text NOT NULL DEFAULT 'auto' CHECK (theme IN ('auto', 'light', 'dark')),
  undo_seconds int NOT NULL DEFAULT 0 CHECK (undo_seconds BETWEEN 0 AND 30),
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (workspace_id, id),
  UNIQUE (workspace_id, email)
);

CREATE TABLE session (
  workspace_id uuid NOT NULL,
  id uuid NOT NULL,
  member_id uuid NOT NULL,
  token_hash bytea NOT NULL UNIQUE CHECK (length(token_hash) = 32),
  device text NOT NULL DEFAULT '',
  created_at timestamptz NOT NULL DEFAULT now(),
  seen_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, id),
  FOREIGN KEY (workspace_id, member_id) REFERENCES member ON DELETE CASCADE
);

CREATE TABLE invite (
  workspace_id uuid NOT NULL REFERENCES workspace,
  id uuid NOT NULL,
  token_hash bytea NOT NULL UNIQUE CHECK (length(token_hash) = 32),
  email text NOT NULL DEFAULT '',
  role text NOT NULL CHECK (role IN ('administrator', 'agent')),
  by_member uuid,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  used_at timestamptz,
  PRIMARY KEY (workspace_id, id)
);

CREATE TABLE api_key (
  workspace_id uuid NOT NULL REFERENCES workspace,
  id uuid NOT NULL,
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
  token_hash bytea NOT NULL UNIQUE CHECK (length(token_hash) = 32),
  hint text NOT NULL,                        -- the first characters, by which people recognise it
  by_member uuid,
  created_at timestamptz NOT NULL DEFAULT now(),
  used_at timestamptz,
  revoked_at timestamptz,
  PRIMARY KEY (workspace_id, id)
);

-- Channels -------------------------------------------------------------------------------------------------------------

CREATE TABLE channel (
  workspace_id uuid NOT NULL REFERENCES workspace,
  id uuid NOT NULL UNIQUE,
  kind text NOT NULL,
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
  state text NOT NULL CHECK (state IN ('draft', 'active', 'paused', 'broken')),
  settings_sealed bytea NOT NULL,
  allow text[] NOT NULL DEFAULT '{}',        -- inside places that the operator opened for this channel
  trouble text,
  created_at timestamptz NOT NULL DEFAULT now(),
  last_in_at timestamptz,
  last_out_at timestamptz,
  cursor bytea,                              -- how far a polled platform has been read
  listener uuid,                             -- which process polls it, and until when that holds
  listener_until timestamptz,
  PRIMARY KEY (workspace_id, id)
);

CREATE TABLE pace (                          -- how fast an account may send: a token bucket that survives a restart
  workspace_id uuid NOT NULL,
  channel_id uuid NOT NULL,
  tokens double precision NOT NULL DEFAULT 'Infinity',   -- full, whatever the burst of its kind is
  refilled_at timestamptz NOT NULL DEFAULT now(),
  held_until timestamptz,                    -- nothing is sent before: the platform asked us to wait
  PRIMARY KEY (workspace_id, channel_id),
  FOREIGN KEY (workspace_id, channel_id) REFERENCES channel
);

-- People ---------------------------------------------------------------------------------------------------------------

CREATE TABLE contact (
  workspace_id uuid NOT NULL REFERENCES workspace,
  id uuid NOT NULL,
  key_sealed bytea,                          -- NULL: forgotten
  name_sealed bytea,
  facts_sealed bytea,                        -- e-mail, phone, locale as told by the platform
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (workspace_id, id)
);

CREATE TABLE address (
  workspace_id uuid NOT NULL,
  id uuid NOT NULL,
  channel_id uuid NOT NULL,
  contact_id uuid NOT NULL,
  external_index bytea NOT NULL CHECK (length(external_index) = 16),
  external_sealed bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  profiled_at timestamptz,
  PRIMARY KEY (workspace_id, id),
  UNIQUE (workspace_id, channel_id, external_index),
  FOREIGN KEY (workspace_id, channel_id) REFERENCES channel,
  -- deferred: the address is claimed first, and only its winner makes the contact
  FOREIGN KEY (workspace_id, contact_id) REFERENCES contact DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX address_contact ON address (workspace_id, contact_id);
CREATE INDEX address_unprofiled ON address (workspace_id, channel_id, id DESC) WHERE profiled_at IS NULL;

-- Conversations --------------------------------------------------------------------------------------------------------

CREATE TABLE conversation (
  workspace_id uuid NOT NULL,
  id uuid NOT NULL,
  channel_id uuid NOT NULL,
  contact_id uuid NOT NULL,
  address_id uuid NOT NULL,                  -- where answers go; never looked up through the contact
  thread text NOT NULL DEFAULT '',           -- several conversations with one address, where the channel has threads
  state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'snoozed', 'closed')),
  assignee_id uuid,
  snoozed_until timestamptz,
  last_seq int NOT NULL DEFAULT 0,
  unread int NOT NULL DEFAULT 0,
  last_at timestamptz NOT NULL,
  last_in_at timestamptz,
  last_out_at timestamptz,
  last_message_id uuid,
  window_closes_at timestamptz,
  delivered_until timestamptz,               -- everything we sent until then has arrived, and has been read, as far
  read_until timestamptz,                    -- as the platform has told
  preview_sealed bytea,                      -- the first words of the last message
  subject_sealed bytea,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (workspace_id, id),
  UNIQUE (workspace_id, address_id, thread),
  FOREIGN KEY (workspace_id, channel_id) REFERENCES channel,
  FOREIGN KEY (workspace_id, contact_id) REFERENCES contact DEFERRABLE INITIALLY DEFERRED,
  FOREIGN KEY (workspace_id, address_id) REFERENCES address,
  FOREIGN KEY (workspace_id, assignee_id) REFERENCES member
);
CREATE INDEX conversation_last ON conversation (workspace_id, last_at DESC, id DESC);
CREATE INDEX conversation_state ON conversation (workspace_id, state, last_at DESC, id DESC);
CREATE INDEX conversation_assignee ON conversation (workspace_id, assignee_id, state, last_at DESC, id DESC);
CREATE INDEX conversation_contact ON conversation (workspace_id, contact_id, last_at DESC);
CREATE INDEX conversation_snoozed ON conversation (snoozed_until) WHERE state = 'snoozed';

CREATE TABLE message (
  workspace_id uuid NOT NULL,
  id uuid NOT NULL,
  conversation_id uuid NOT NULL,
  channel_id uuid NOT NULL,
  contact_id uuid NOT NULL,
  seq int NOT NULL,
  direction text NOT NULL CHECK (direction IN ('in', 'out')),
  author text NOT NULL CHECK (author IN ('contact', 'member', 'automation', 'platform')),
  author_id uuid,
  kind text NOT NULL,
  content_sealed bytea,                      -- NULL: taken back or forgotten
  external_id text,
  client_key uuid,
  reply_to uuid,
  provider_time timestamptz NOT NULL,
  received_time timestamptz NOT NULL DEFAULT clock_timestamp(),
  status text NOT NULL CHECK (status IN
    ('received', 'held', 'queued', 'sending', 'sent', 'delivered', 'read', 'failed', 'unknown', 'cancelled')),
  reason text,
  automatic boolean NOT NULL DEFAULT false,
  unsent_at timestamptz,
  arrival_id uuid,
  -- the outbox: a queued message is its own row there
  lane text CHECK (lane IN ('reply', 'automated', 'bulk')),
  due_at timestamptz,
  attempt int NOT NULL DEFAULT 0,            -- the fence: an outcome counts for its own attempt only
  lease_until timestamptz,
  sent_at timestamptz,
  PRIMARY KEY (workspace_id, id),
  CHECK ((direction = 'in') = (status = 'received')),
  FOREIGN KEY (workspace_id, conversation_id) REFERENCES conversation,
  FOREIGN KEY (workspace_id, channel_id) REFERENCES channel
);
CREATE UNIQUE INDEX message_seq ON message (workspace_id, conversation_id, seq);
CREATE UNIQUE INDEX message_external ON message (workspace_id, channel_id, external_id) WHERE external_id IS NOT NULL;
CREATE UNIQUE INDEX message_client_key ON message (workspace_id, conversation_id, client_key) WHERE client_key IS NOT NULL;
CREATE INDEX message_due ON message (workspace_id, channel_id, lane, due_at, id) WHERE status IN ('queued', 'held');
CREATE INDEX message_ahead ON message (workspace_id, conversation_id, seq) WHERE status IN ('held', 'queued', 'sending');
CREATE INDEX message_lease ON message (lease_until) WHERE status IN ('sending', 'unknown');
CREATE INDEX message_arrival ON message (workspace_id, arrival_id) WHERE arrival_id IS NOT NULL;
-- For watermarks: which messages of ours are not yet read.
CREATE INDEX message_unread_out ON message (workspace_id, conversation_id, sent_at)
  WHERE direction = 'out' AND status IN ('sent', 'delivered');

CREATE TABLE revision (                      -- what a message said before it was edited
  workspace_id uuid NOT NULL,
  message_id uuid NOT NULL,
  number int NOT NULL,
  content_sealed bytea NOT NULL,
  at timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, message_id, number),
  FOREIGN KEY (workspace_id, message_id) REFERENCES message ON DELETE CASCADE
);

CREATE TABLE reaction (
  workspace_id uuid NOT NULL,
  message_id uuid NOT NULL,
  by text NOT NULL CHECK (by IN ('person', 'brand')),
  emoji text NOT NULL CHECK (length(emoji) <= 64),
  at timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, message_id, by),
  FOREIGN KEY (workspace_id, message_id) REFERENCES message ON DELETE CASCADE
);

CREATE TABLE attachment (
  workspace_id uuid NOT NULL,
  id uuid NOT NULL,
  message_id uuid NOT NULL,
  conversation_id uuid NOT NULL,
  position int NOT NULL,
  kind text NOT NULL,
  mime text NOT NULL,
  size bigint NOT NULL,
  state text NOT NULL CHECK (state IN ('stored', 'pending', 'failed')),
  reason text,
  facts_sealed bytea,                        -- name, content id, where to fetch it
  tried_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (workspace_id, id),
  FOREIGN KEY (workspace_id, message_id) REFERENCES message ON DELETE CASCADE
);
CREATE INDEX attachment_pending ON attachment (workspace_id, tried_at) WHERE state = 'pending';
CREATE INDEX attachment_message ON attachment (workspace_id, message_id, position);

CREATE TABLE attempt (
  workspace_id uuid NOT NULL,
  message_id uuid NOT NULL,
  number int NOT NULL,
  worker uuid NOT NULL,
  started_at timestamptz NOT NULL,
  ended_at timestamptz,
  outcome text,
  reason text,
  PRIMARY KEY (workspace_id, message_id, number),
  FOREIGN KEY (workspace_id, message_id) REFERENCES message ON DELETE CASCADE
);

CREATE TABLE draft (
  workspace_id uuid NOT NULL,
  conversation_id uuid NOT NULL,
  member_id uuid NOT NULL,
  text_sealed bytea NOT NULL,
  at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (workspace_id, conversation_id, member_id),
  FOREIGN KEY (workspace_id, conversation_id) REFERENCES conversation,
  FOREIGN KEY (workspace_id, member_id) REFERENCES member ON DELETE CASCADE
);

-- The mailroom ---------------------------------------------------------------------------------------------------------

CREATE TABLE arrival (
  workspace_id uuid NOT NULL,
  id uuid NOT NULL,
  channel_id uuid NOT NULL,
  kind text NOT NULL DEFAULT '',
  body_sealed bytea,                         -- NULL once it may be forgotten
  received_at timestamptz NOT NULL,
  state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'sorted', 'quarantined', 'discarded')),
  reason text,
  attempts int NOT NULL DEFAULT 0,
  sorted_at timestamptz,
  items int NOT NULL DEFAULT 0,              -- what was found in it, and what became of that
  messages int NOT NULL DEFAULT 0,
  duplicates int NOT NULL DEFAULT 0,
  others int NOT NULL DEFAULT 0,
  set_aside int NOT NULL DEFAULT 0,
  PRIMARY KEY (workspace_id, id),
  CHECK (items = messages + duplicates + others + set_aside)
);
CREATE INDEX arrival_pending ON arrival (id) WHERE state = 'pending';
CREATE INDEX arrival_quarantined ON arrival (workspace_id, id) WHERE state = 'quarantined';

CREATE TABLE set_aside (                     -- single items that could not be read, out of arrivals that otherwise could
  workspace_id uuid NOT NULL,
  id uuid NOT NULL,
  arrival_id uuid NOT NULL,
  channel_id uuid NOT NULL,
  reason text NOT NULL,
  item_sealed bytea NOT NULL,
  at timestamptz NOT NULL DEFAULT now(),
  resolved_at timestamptz,
  PRIMARY KEY (workspace_id, id),
  FOREIGN KEY (workspace_id, arrival_id) REFERENCES arrival
);
CREATE INDEX set_aside_open ON set_aside (workspace_id, id) WHERE resolved_at IS NULL;

CREATE TABLE parked (                        -- news about messages that have not come yet
  workspace_id uuid NOT NULL,
  id uuid NOT NULL,
  channel_id uuid NOT NULL,
  external_id text NOT NULL,
  event_sealed bytea NOT NULL,
  at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (workspace_id, id),
  FOREIGN KEY (workspace_id, channel_id) REFERENCES channel
);
CREATE INDEX parked_external ON parked (workspace_id, channel_id, external_id);

-- The journal ----------------------------------------------------------------------------------------------------------
-- A row that commits late has a smaller id than rows already read, so followers go by (xid, id) and read only what is
-- below the oldest transaction still running.

CREATE TABLE journal (
  workspace_id uuid NOT NULL,
  id bigint GENERATED ALWAYS AS IDENTITY,
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  kind text NOT NULL,
  conversation_id uuid,
  message_id uuid,
  subject_id uuid,
  state text,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (workspace_id, id)
);
CREATE INDEX journal_position ON journal (xid, id);

CREATE TABLE follower (                      -- how far each durable follower of the journal has come
  name text PRIMARY KEY,
  xid xid8 NOT NULL,
  id bigint NOT NULL
);

CREATE TABLE audit (
  workspace_id uuid NOT NULL,
  id uuid NOT NULL,
  actor_id uuid,
  action text NOT NULL,
  subject_id uuid,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (workspace_id, id)
);

CREATE TABLE idempotency (
  workspace_id uuid NOT NULL,
  key_hash bytea NOT NULL CHECK (length(key_hash) = 32),
  request_hash bytea NOT NULL,
  message_id uuid NOT NULL,
  at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (workspace_id, key_hash)
);

-- Walls ----------------------------------------------------------------------------------------------------------------

DO $$
DECLARE one text;
BEGIN
  FOR one IN
    SELECT table_name FROM information_schema.columns
    WHERE table_schema = current_schema() AND column_name = 'workspace_id'
  LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', one);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', one);
    EXECUTE format($p$CREATE POLICY own ON %I FOR ALL TO duologue_member
      USING (workspace_id = nullif(current_setting('duologue.workspace', true), '')::uuid)
      WITH CHECK (workspace_id = nullif(current_setting('duologue.workspace', true), '')::uuid)$p$, one);
    -- for backups and migrations, which act as the tables' owner, a keeper; the program itself never does
    EXECUTE format('CREATE POLICY keeper ON %I FOR ALL TO duologue_keeper USING (true) WITH CHECK (true)', one);
    EXECUTE format('CREATE POLICY all_of_it ON %I FOR ALL TO duologue_hall USING (true) WITH CHECK (true)', one);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO duologue_member', one);
  END LOOP;
END $$;

REVOKE UPDATE, DELETE ON journal, audit FROM duologue_member;
REVOKE INSERT, DELETE ON workspace FROM duologue_member;

-- The hall sees ids, states and times, and no sealed column but the wrapped keys and the channels' settings, which are
-- worth nothing without the master key and are needed before it is known whose workspace a call is for.
GRANT SELECT, INSERT, UPDATE ON installation TO duologue_hall;
GRANT SELECT (sends) ON installation TO duologue_member;
GRANT SELECT, INSERT ON workspace TO duologue_hall;
GRANT UPDATE (key_sealed) ON workspace TO duologue_hall;  -- turning the master key
GRANT SELECT ON member, session, invite, api_key, channel TO duologue_hall;
GRANT UPDATE (seen_at) ON session TO duologue_hall;
GRANT UPDATE (used_at) ON api_key TO duologue_hall;
GRANT DELETE ON session TO duologue_hall;
GRANT UPDATE (listener, listener_until, last_out_at) ON channel TO duologue_hall;
GRANT SELECT, INSERT, UPDATE ON pace TO duologue_hall;
GRANT SELECT (workspace_id, id, conversation_id, channel_id, seq, direction, author, kind, status, lane, due_at, attempt,
  lease_until, sent_at, received_time) ON message TO duologue_hall;
GRANT UPDATE (status, attempt, lease_until, due_at, reason) ON message TO duologue_hall;
GRANT SELECT (workspace_id, id, state, snoozed_until) ON conversation TO duologue_hall;
GRANT SELECT (workspace_id, id, state) ON attachment TO duologue_hall;
GRANT INSERT ON attempt TO duologue_hall;
GRANT SELECT (workspace_id, id, channel_id, state, received_at, attempts, items, messages, duplicates, others, set_aside)
  ON arrival TO duologue_hall;
GRANT UPDATE (attempts) ON arrival TO duologue_hall;
GRANT SELECT (workspace_id, id, resolved_at) ON set_aside TO duologue_hall;
GRANT SELECT, DELETE ON journal TO duologue_hall;
GRANT INSERT ON journal TO duologue_hall;
GRANT SELECT, INSERT, UPDATE, DELETE ON follower TO duologue_hall;
GRANT DELETE ON idempotency TO duologue_hall;

GRANT INSERT ON arrival TO duologue_door;
CREATE POLICY write_down ON arrival FOR INSERT TO duologue_door WITH CHECK (true);
