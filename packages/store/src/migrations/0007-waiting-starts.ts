/** Starts of jobs that wait for their turn, by the run that they will be: sealed, with what they were given. */
export const waitingStarts = `
CREATE TABLE automation_waiting (
  run  INTEGER PRIMARY KEY,
  body BLOB NOT NULL
) STRICT;
`;
