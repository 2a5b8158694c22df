import type { Log } from '@fairlead/core';

/** Keeps the codes that were logged, and every line. */
export function recordingLog(): Log & { readonly codes: string[]; readonly lines: string[] } {
  const codes: string[] = [];
  const lines: string[] = [];
  const write = (fields: object, message: string) => {
    lines.push(message);
    if ('code' in fields) codes.push(String(fields.code));
  };
  return { codes, lines, debug: write, info: write, warn: write, error: write };
}
