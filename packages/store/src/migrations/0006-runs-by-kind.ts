/** Each kind of run has a history of its own: the clients of a busy trigger do not push a nightly job out. */
export const runsByKind = `
CREATE INDEX automation_runs_by_kind ON automation_runs (kind, id);
`;
