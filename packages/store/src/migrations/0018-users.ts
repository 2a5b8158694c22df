/**
 * Users of the API and their sessions. `password` is what the caller derived from the password; null: there is none. A session
 * without a user is one of the administrator. Times are Unix milliseconds.
 */
export const users = `
CREATE TABLE users (
  name       TEXT NOT NULL PRIMARY KEY COLLATE NOCASE,
  role       TEXT NOT NULL,
  password   TEXT,
  created_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE sessions (
  id         TEXT NOT NULL PRIMARY KEY,
  hash       BLOB NOT NULL UNIQUE,
  user       TEXT COLLATE NOCASE REFERENCES users (name) ON DELETE CASCADE,
  remote     TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  seen_at    INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
`;
