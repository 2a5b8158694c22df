/**
 * Which protocols there are is checked against the table that the store was opened with, no longer by SQLite. A new
 * column takes the place of the old one with its CHECK: a rebuilt table would lose the rows that refer to it.
 */
export const protocols = `
ALTER TABLE devices ADD COLUMN protocol_name TEXT NOT NULL DEFAULT 'official';
UPDATE devices SET protocol_name = protocol;
ALTER TABLE devices DROP COLUMN protocol;
ALTER TABLE devices RENAME COLUMN protocol_name TO protocol;
`;
