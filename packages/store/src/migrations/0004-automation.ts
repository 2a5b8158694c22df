/**
 * Automation. Names and contents are encrypted by the caller: `id` and `subject` are keyed hashes of names, `body` is
 * encrypted. A run without `ended_at` is active or was interrupted. Ids of runs increase and are never reused.
 */
export const automation = `
CREATE TABLE automation_definitions (
  kind       TEXT NOT NULL CHECK (kind IN ('connection', 'task', 'trigger', 'job')),
  id         BLOB NOT NULL,
  body       BLOB NOT NULL,
  changed_at INTEGER NOT NULL,
  PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE automation_schedules (
  job TEXT PRIMARY KEY,
  at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE automation_runs (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  kind       TEXT NOT NULL CHECK (kind IN ('task', 'trigger', 'job')),
  subject    BLOB NOT NULL,
  started_at INTEGER NOT NULL,
  ended_at   INTEGER,
  result     TEXT,
  code       TEXT,
  body       BLOB NOT NULL
) STRICT;
CREATE INDEX automation_runs_by_subject ON automation_runs (kind, subject, id);
CREATE INDEX automation_runs_open ON automation_runs (id) WHERE ended_at IS NULL;
`;
