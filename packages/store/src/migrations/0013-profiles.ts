/**
 * Named profiles made of folders, and devices that are known by an identity or dialled at an endpoint.
 *
 * A device refers to a named profile by its name: the newest version in `profile_versions`, or the profile of this name
 * that comes with Fairlead. `profiles` keeps what was given inline with a device. A named profile of the old form has no
 * folder: each device keeps what the profile said as its own.
 *
 * The table of devices is rebuilt, as SQLite cannot change its CHECKs. `migrate` turns foreign keys off, so that the rows
 * that refer to devices stay. `seq` is still never used again.
 */
export const namedProfiles = `
CREATE TABLE profile_versions (
  name         TEXT NOT NULL,
  number       INTEGER NOT NULL,
  content_hash BLOB NOT NULL CHECK (length(content_hash) = 32),
  files        TEXT NOT NULL,
  created_at   INTEGER NOT NULL,
  PRIMARY KEY (name, number),
  UNIQUE (name, content_hash)
) STRICT;

UPDATE profiles SET name = NULL, content_hash = randomblob(32) WHERE name IS NOT NULL;
DELETE FROM profiles WHERE id NOT IN (SELECT profile_id FROM devices);

CREATE TABLE new_devices (
  seq             INTEGER PRIMARY KEY AUTOINCREMENT,
  id              TEXT NOT NULL UNIQUE,
  name            TEXT NOT NULL UNIQUE,
  label           TEXT,
  type            TEXT NOT NULL CHECK (type IN ('standard', 'gateway', 'sub')),
  protocol        TEXT NOT NULL,
  token_hash      BLOB UNIQUE CHECK (length(token_hash) = 32),
  parent_id       TEXT REFERENCES devices (id),
  address         TEXT,
  profile_id      TEXT REFERENCES profiles (id),
  profile_name    TEXT,
  identity        TEXT,
  endpoint        TEXT,
  secret          BLOB,
  parameters      TEXT,
  unknown_subs    TEXT,
  inbound_buffer  INTEGER NOT NULL,
  outbound_buffer INTEGER NOT NULL,
  created_at      INTEGER NOT NULL,
  changed_at      INTEGER NOT NULL,
  CHECK ((type = 'sub') = (parent_id IS NOT NULL)),
  CHECK ((type = 'sub') = (address IS NOT NULL)),
  CHECK ((profile_id IS NULL) <> (profile_name IS NULL)),
  CHECK ((type = 'sub') + (token_hash IS NOT NULL) + (identity IS NOT NULL OR endpoint IS NOT NULL) = 1)
) STRICT;
INSERT INTO new_devices (seq, id, name, label, type, protocol, token_hash, parent_id, address, profile_id,
  inbound_buffer, outbound_buffer, created_at, changed_at)
  SELECT seq, id, name, label, type, protocol, token_hash, parent_id, address, profile_id,
  inbound_buffer, outbound_buffer, created_at, changed_at FROM devices;
INSERT INTO sqlite_sequence (name, seq) SELECT 'new_devices', 0
  WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'new_devices');
UPDATE sqlite_sequence SET seq = coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'devices'), 0)
  WHERE name = 'new_devices';
DROP TABLE devices;
ALTER TABLE new_devices RENAME TO devices;
CREATE UNIQUE INDEX devices_by_address ON devices (parent_id, address) WHERE parent_id IS NOT NULL;
CREATE INDEX devices_by_profile ON devices (profile_id) WHERE profile_id IS NOT NULL;
CREATE INDEX devices_by_profile_name ON devices (profile_name, name) WHERE profile_name IS NOT NULL;
CREATE UNIQUE INDEX devices_by_identity ON devices (profile_name, identity) WHERE identity IS NOT NULL;
`;
