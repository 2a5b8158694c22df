/**
 * Reports the tests of a file as JSON lines on descriptor 3, which the output of tests cannot interrupt. It is passed to
 * Node with `--test-reporter`; `runFile` reads it.
 */
import { writeSync } from 'node:fs';
import type { TestEvent } from 'node:test/reporters';
import { inspect } from 'node:util';

const DESCRIPTOR = 3;

/** One line. The name joins the names of the enclosing suites and of the test. */
export type Told =
  | { readonly type: 'start'; readonly id: number; readonly name: string }
  | { readonly type: 'complete'; readonly id: number }
  | { readonly type: 'pass' }
  | { readonly type: 'skip'; readonly name: string; readonly reason: string }
  | { readonly type: 'fail'; readonly name: string; readonly error: string }
  /** The process ends by itself. An error after the tests is reported before this line. */
  | { readonly type: 'end' };

export default async function* tell(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const names: string[] = []; // names of the current test, by nesting level
  const path = (data: { name: string; nesting: number }) =>
    [...names.slice(0, data.nesting), data.name].join(' > ');
  for await (const { type, data } of events) {
    if (type === 'test:dequeue') write({ type: 'start', id: data.testId, name: data.name });
    else if (type === 'test:complete') write({ type: 'complete', id: data.testId });
    else if (type === 'test:start') {
      names.length = data.nesting;
      names.push(data.name);
    } else if (type === 'test:pass') {
      const why = data.skip ?? data.todo;
      if (why !== undefined && why !== false)
        write({ type: 'skip', name: path(data), reason: typeof why === 'string' ? why : 'no reason' });
      else if (data.details.type !== 'suite') write({ type: 'pass' });
    } else if (type === 'test:fail') {
      const { error } = data.details;
      // A suite fails because of its tests, which were already reported.
      if ((error as { failureType?: string }).failureType === 'subtestsFailed') continue;
      write({ type: 'fail', name: path(data), error: inspect(error.cause ?? error) });
    } else if (type === 'test:diagnostic') {
      // The other diagnostics are counts.
      if (/^(Error|Warning):/.test(data.message)) console.error(data.message);
    } else if (type === 'test:summary') write({ type: 'end' });
  }
}

function write(told: Told): void {
  writeSync(DESCRIPTOR, `${JSON.stringify(told)}\n`);
}
