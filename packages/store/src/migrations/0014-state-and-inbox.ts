/** The state that scripts keep of a device across links (JSON), and unregistered devices (JSON, by an id). */
export const stateAndInbox = `
CREATE TABLE device_state (
  device_id TEXT PRIMARY KEY REFERENCES devices (id) ON DELETE CASCADE,
  state     TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE inbox (
  id    TEXT PRIMARY KEY,
  entry TEXT NOT NULL
) STRICT;
`;
