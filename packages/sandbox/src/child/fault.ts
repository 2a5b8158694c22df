/** Something to report under a code of the catalogue, which itself stays in the main process. */
export class Fault extends Error {
  readonly code: string;
  readonly details: Readonly<Record<string, string | number>>;

  constructor(code: string, details: Readonly<Record<string, string | number>> = {}) {
    super(code);
    this.code = code;
    this.details = details;
  }

  /** The line of a report. */
  line(): string {
    return `!${this.code} ${JSON.stringify(this.details)}\n`;
  }
}

/** Whether isolated-vm stopped a script; it tells by text alone. */
export function isTimeout(error: unknown): boolean {
  return (error as Error | undefined)?.message === 'Script execution timed out.';
}
