/** What a run did stands apart from what lists show of it: a list of a thousand runs reads none of their outputs. */
export const runDetail = `
ALTER TABLE automation_runs ADD COLUMN detail BLOB;
`;
