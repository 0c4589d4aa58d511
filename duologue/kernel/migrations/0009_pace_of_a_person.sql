-- Some platforms let one person be written to only so fast: when somebody's allowance is whole again.

CREATE TABLE person_pace (
  workspace_id uuid NOT NULL,
  address_id uuid NOT NULL,
  whole_at timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, address_id),
  FOREIGN KEY (workspace_id, address_id) REFERENCES address ON DELETE CASCADE
);

DO $$
DECLARE one text;
BEGIN
  FOREACH one IN ARRAY ARRAY['person_pace'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', one);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', one);
    EXECUTE format($p$CREATE POLICY own ON %I FOR ALL TO duologue_member
      USING (workspace_id = nullif(current_setting('duologue.workspace', true), '')::uuid)
      WITH CHECK (workspace_id = nullif(current_setting('duologue.workspace', true), '')::uuid)$p$, one);
    EXECUTE format('CREATE POLICY keeper ON %I FOR ALL TO duologue_keeper USING (true) WITH CHECK (true)', one);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO duologue_member', one);
  END LOOP;
END $$;
