-- A part of an account may be somebody else's who decides whether we may answer there: which parts are shut now.

ALTER TABLE channel ADD COLUMN shut text[] NOT NULL DEFAULT '{}';
