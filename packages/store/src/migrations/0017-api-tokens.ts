/** Tokens of the HTTP API by SHA-256. `scopes` is a JSON list; times are Unix milliseconds. */
export const apiTokens = `
CREATE TABLE api_tokens (
  name         TEXT NOT NULL PRIMARY KEY COLLATE NOCASE,
  hash         BLOB NOT NULL UNIQUE,
  scopes       TEXT NOT NULL,
  created_by   TEXT NOT NULL,
  created_at   INTEGER NOT NULL,
  expires_at   INTEGER,
  last_used_at INTEGER
) STRICT, WITHOUT ROWID;
`;
