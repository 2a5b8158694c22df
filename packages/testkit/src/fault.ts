import { type TestContext, test } from 'node:test';

/** A row of docs/faults.md. */
export interface Fault {
  /** What goes wrong, also the name of the test. */
  readonly name: string;
  /** Where the test injects it: `device`, `network`, `broker`, `disk`, `clock`, `certificate`, `proxy`, `script`, `service`. */
  readonly where: string;
  /** What Fairlead does, and what stays whole. */
  readonly happens: string;
  /** What is told to the operator. Absent: nothing needs to be. */
  readonly code?: string | readonly string[];
}

/**
 * A test that is a row of docs/faults.md. `npm run docs` reads the first argument from the source, without running anything: it
 * holds texts alone.
 */
export function fault(
  { name }: Fault,
  run: (t: TestContext) => void | Promise<void>,
  options: { readonly timeout?: number; readonly skip?: boolean | string } = {},
): void {
  void test(name, options, run);
}
