/**
 * Revisions of what people save. Each change takes the next number of `revisions`, whatever it changes: a number is never used again, so
 * that a thing that was removed and added again has another one.
 */
export const revisions = `
CREATE TABLE revisions (last INTEGER NOT NULL) STRICT;
INSERT INTO revisions (last) VALUES (1);
ALTER TABLE devices ADD COLUMN revision INTEGER NOT NULL DEFAULT 1;
ALTER TABLE profile_versions ADD COLUMN revision INTEGER NOT NULL DEFAULT 1;
ALTER TABLE automation_definitions ADD COLUMN revision INTEGER NOT NULL DEFAULT 1;
`;
