/**
 * What a test file tells of its tests, as lines of JSON on descriptor 3, where no print of a test gets in between. Given to
 * Node with `--test-reporter`; `runFile` reads it.
 */
import { writeSync } from 'node:fs';
import type { TestEvent } from 'node:test/reporters';
import { inspect } from 'node:util';

const DESCRIPTOR = 3;

/** One line. Names are those of the suites a test stands in and its own, joined. */
export type Told =
  | { readonly type: 'start'; readonly id: number; readonly name: string }
  | { readonly type: 'complete'; readonly id: number }
  | { readonly type: 'pass' }
  | { readonly type: 'skip'; readonly name: string; readonly reason: string }
  | { readonly type: 'fail'; readonly name: string; readonly error: string }
  /** The process ends, and by itself: an error after the tests is told before. */
  | { readonly type: 'end' };

export default async function* tell(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const names: string[] = []; // of the test that runs, by nesting
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
      // A suite fails with its tests, which have told already.
      if ((error as { failureType?: string }).failureType === 'subtestsFailed') continue;
      write({ type: 'fail', name: path(data), error: inspect(error.cause ?? error) });
    } else if (type === 'test:diagnostic') {
      // The others are counts.
      if (/^(Error|Warning):/.test(data.message)) console.error(data.message);
    } else if (type === 'test:summary') write({ type: 'end' });
  }
}

function write(told: Told): void {
  writeSync(DESCRIPTOR, `${JSON.stringify(told)}\n`);
}
