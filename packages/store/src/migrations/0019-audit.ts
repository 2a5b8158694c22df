/**
 * Who changed what. Entries are never changed; the oldest of each class are removed. `class` keeps those who may do little from
 * pushing out what those did who may do much: 0 strangers, 1 everybody who is known, 2 administrators. `target` and `changes` (JSON) are
 * sealed: names of tasks and jobs are secret. `mark` finds the entries of a target.
 */
export const audit = `
CREATE TABLE audit (
  id      INTEGER PRIMARY KEY AUTOINCREMENT,
  class   INTEGER NOT NULL,
  time    INTEGER NOT NULL,
  kind    TEXT NOT NULL,
  who     TEXT NOT NULL,
  via     TEXT NOT NULL,
  remote  TEXT NOT NULL,
  action  TEXT NOT NULL,
  target  BLOB NOT NULL,
  mark    BLOB NOT NULL,
  status  INTEGER NOT NULL,
  code    TEXT,
  changes BLOB
) STRICT;
CREATE INDEX audit_by_class ON audit (class, id);
CREATE TRIGGER audit_is_append_only BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'entries of the audit log are never changed'); END;
`;
