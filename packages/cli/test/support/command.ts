import { run } from '../../src/run.ts';
import { TestTerminal } from './terminal.ts';

/** Runs a command to its end. */
export async function command(argv: readonly string[], stdin: string | readonly Buffer[] = '') {
  const pieces = (async function* () {
    yield* typeof stdin === 'string' ? [Buffer.from(stdin)] : stdin;
  })();
  const terminal = new TestTerminal({}, pieces);
  const status = await run(argv, terminal);
  const { stdout, stderr } = terminal;
  return { status, stdout, stderr, bytes: Buffer.concat(terminal.bytes) };
}

/** The JSON objects of output with one in each line. */
export const objects = (stdout: string): Record<string, unknown>[] =>
  stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
