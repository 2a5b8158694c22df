import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkOptions, type SandboxOptions } from '../src/options.ts';

test('durations and sizes are taken as people write them', () => {
  const settings = checkOptions({ softTimeout: '20ms', memory: '64MiB', watchdog: '1s' });
  assert.equal(settings.softTimeout, 20);
  assert.equal(settings.memory, 64 * 2 ** 20);
  assert.equal(settings.watchdog, 1_000);
  assert.equal(settings.processes, 1);
});

test('what makes no sense is refused, and what is misspelt is named', () => {
  const refused = (options: object, code: string, text: RegExp) =>
    assert.throws(
      () => checkOptions(options as SandboxOptions),
      (error: { code?: string; message: string }) => error.code === code && text.test(error.message),
    );
  refused({ processes: 0 }, 'OPTION_INVALID', /processes/);
  refused({ memory: '1MiB' }, 'OPTION_INVALID', /memory/);
  refused({ watchdog: 'soon' }, 'OPTION_INVALID', /watchdog/);
  refused({ softTimeuot: 3 }, 'OPTION_UNKNOWN', /softTimeout/);
});
