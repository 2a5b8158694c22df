/** Queued starts of jobs, by the id of their run, with their encrypted inputs. */
export const waitingStarts = `
CREATE TABLE automation_waiting (
  run  INTEGER PRIMARY KEY,
  body BLOB NOT NULL
) STRICT;
`;
