/**
 * The protocol is now checked against the protocols that the store was opened with, no longer by SQLite. A new column
 * replaces the old one and its CHECK: rebuilding the table would lose the rows that refer to it.
 */
export const protocols = `
ALTER TABLE devices ADD COLUMN protocol_name TEXT NOT NULL DEFAULT 'official';
UPDATE devices SET protocol_name = protocol;
ALTER TABLE devices DROP COLUMN protocol;
ALTER TABLE devices RENAME COLUMN protocol_name TO protocol;
`;
