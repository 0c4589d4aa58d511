-- Made before every migration, and before a backup is restored: a dump of one database holds no roles.
-- Roles are shared by all databases of a server, so another database may have made them already.
DO $$
DECLARE role text;
BEGIN
  FOREACH role IN ARRAY ARRAY['duologue_member', 'duologue_hall', 'duologue_door', 'duologue_keeper'] LOOP
    BEGIN
      EXECUTE format('CREATE ROLE %I NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE', role);
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
    END;
    EXECUTE format('GRANT %I TO CURRENT_USER', role);
  END LOOP;
END $$;
