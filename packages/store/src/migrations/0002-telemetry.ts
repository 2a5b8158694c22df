/**
 * Data of devices: latest values (one JSON array for each device, `[[key, [value, time]], ...]`, least recently updated key
 * first), presence, and the message log, whose oldest rows are deleted. Rows are deleted with their device.
 */
export const telemetry = `
CREATE TABLE latest_values (
  device_id TEXT PRIMARY KEY REFERENCES devices (id) ON DELETE CASCADE,
  entries   TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE presence (
  device_id TEXT PRIMARY KEY REFERENCES devices (id) ON DELETE CASCADE,
  status    TEXT NOT NULL CHECK (status IN ('online', 'offline')),
  since     INTEGER NOT NULL,
  code      TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE messages (
  id        INTEGER PRIMARY KEY AUTOINCREMENT,
  device    INTEGER NOT NULL REFERENCES devices (seq) ON DELETE CASCADE,
  kind      TEXT NOT NULL CHECK (kind IN ('attributes', 'events', 'raw')),
  time      INTEGER NOT NULL,
  size      INTEGER NOT NULL,
  payload   BLOB NOT NULL
) STRICT;
CREATE INDEX messages_by_device ON messages (device, id);
`;
