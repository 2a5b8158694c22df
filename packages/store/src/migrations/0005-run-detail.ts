/** The details of a run are in a column of their own, so that a list of a thousand runs does not read their outputs. */
export const runDetail = `
ALTER TABLE automation_runs ADD COLUMN detail BLOB;
`;
