/**
 * The file `history.db`. Each entry leads to the next format, as in the main database; a released entry is never changed.
 *
 *     devices   one row for each device with history: `rolled` is the last row of `raw` that its buckets contain
 *     raw       messages as they came, JSON; removed first
 *     fields    names of fields, so that buckets are small
 *     buckets   a field over `span` milliseconds from `start`, a multiple of `span`; `numbers` of the `count` values are numbers
 *     marks     `rolled`: every device has rolled up the rows of `raw` up to this id
 */
export const historyMigrations: readonly string[] = [
  `
CREATE TABLE devices (
  seq    INTEGER PRIMARY KEY AUTOINCREMENT,
  id     TEXT NOT NULL UNIQUE,
  rolled INTEGER NOT NULL DEFAULT 0,
  gone   INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE raw (
  id      INTEGER PRIMARY KEY AUTOINCREMENT,
  device  INTEGER NOT NULL,
  time    INTEGER NOT NULL,
  payload BLOB NOT NULL
) STRICT;
CREATE INDEX raw_by_time ON raw (device, time, id);

CREATE TABLE fields (
  seq    INTEGER PRIMARY KEY AUTOINCREMENT,
  device INTEGER NOT NULL,
  name   TEXT NOT NULL,
  UNIQUE (device, name)
) STRICT;

CREATE TABLE buckets (
  device    INTEGER NOT NULL,
  span      INTEGER NOT NULL,
  start     INTEGER NOT NULL,
  field     INTEGER NOT NULL,
  count     INTEGER NOT NULL,
  numbers   INTEGER NOT NULL,
  sum       REAL,
  min       REAL,
  max       REAL,
  last      TEXT,
  last_time INTEGER NOT NULL,
  PRIMARY KEY (device, span, start, field)
) STRICT, WITHOUT ROWID;

CREATE TABLE marks (
  name  TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
`,
];

export const MINUTE = 60_000;
export const HOUR = 3_600_000;
