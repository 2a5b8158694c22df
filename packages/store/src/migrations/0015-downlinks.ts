/** The ledger of downlinks (JSON, with the columns that are looked for), and what devices say about downlinks (JSON). */
export const downlinks = `
CREATE TABLE downlinks (
  id          TEXT PRIMARY KEY,
  device_id   TEXT NOT NULL REFERENCES devices (id) ON DELETE CASCADE,
  owner_id    TEXT NOT NULL,
  device      TEXT NOT NULL,
  state       TEXT NOT NULL,
  key         TEXT,
  created_at  INTEGER NOT NULL,
  expires_at  INTEGER NOT NULL,
  finished_at INTEGER,
  entry       TEXT NOT NULL
) STRICT;

CREATE UNIQUE INDEX downlinks_by_key ON downlinks (device_id, key) WHERE key IS NOT NULL;
CREATE INDEX downlinks_by_device ON downlinks (device, id);
CREATE INDEX downlinks_by_state ON downlinks (state, id);
CREATE INDEX downlinks_unfinished ON downlinks (owner_id, id) WHERE finished_at IS NULL;
CREATE INDEX downlinks_finished ON downlinks (finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX downlinks_expiry ON downlinks (expires_at) WHERE state = 'queued';

ALTER TABLE devices ADD COLUMN downlinks TEXT;
`;
