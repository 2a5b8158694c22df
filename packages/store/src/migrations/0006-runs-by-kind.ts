/** Each kind of run has its own history, so that the clients of a busy trigger do not displace the runs of a nightly job. */
export const runsByKind = `
CREATE INDEX automation_runs_by_kind ON automation_runs (kind, id);
`;
