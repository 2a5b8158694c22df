/** The desired states of devices (JSON). `wanted`: something is desired. */
export const desired = `
CREATE TABLE desired (
  device_id TEXT PRIMARY KEY REFERENCES devices (id) ON DELETE CASCADE,
  wanted    INTEGER NOT NULL,
  entry     TEXT NOT NULL
) STRICT;
`;
