/**
 * Profiles and devices.
 *
 * A profile without a name was given inline with a device. Equal contents share a row (`content_hash`); the row is deleted
 * with the last device that refers to it. `seq` identifies the device in tables with many rows of it, and is never reused.
 * Tokens are stored only as SHA-256. Times are Unix milliseconds.
 */
export const devices = `
CREATE TABLE profiles (
  id             TEXT PRIMARY KEY,
  name           TEXT UNIQUE,
  content_hash   BLOB NOT NULL,
  framing        TEXT,
  uplink         TEXT,
  downlink       TEXT,
  auth_reply     TEXT,
  heartbeat_echo INTEGER,
  ack            TEXT,
  created_at     INTEGER NOT NULL,
  changed_at     INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX profiles_by_content ON profiles (content_hash) WHERE name IS NULL;

CREATE TABLE devices (
  seq             INTEGER PRIMARY KEY AUTOINCREMENT,
  id              TEXT NOT NULL UNIQUE,
  name            TEXT NOT NULL UNIQUE,
  label           TEXT,
  type            TEXT NOT NULL CHECK (type IN ('standard', 'gateway', 'sub')),
  protocol        TEXT NOT NULL CHECK (protocol IN ('official', 'custom')),
  token_hash      BLOB UNIQUE CHECK (length(token_hash) = 32),
  parent_id       TEXT REFERENCES devices (id),
  address         TEXT,
  profile_id      TEXT NOT NULL REFERENCES profiles (id),
  inbound_buffer  INTEGER NOT NULL,
  outbound_buffer INTEGER NOT NULL,
  created_at      INTEGER NOT NULL,
  changed_at      INTEGER NOT NULL,
  CHECK ((type = 'sub') = (parent_id IS NOT NULL)),
  CHECK ((type = 'sub') = (address IS NOT NULL)),
  CHECK ((type = 'sub') = (token_hash IS NULL))
) STRICT;
CREATE UNIQUE INDEX devices_by_address ON devices (parent_id, address) WHERE parent_id IS NOT NULL;
CREATE INDEX devices_by_profile ON devices (profile_id);
`;
