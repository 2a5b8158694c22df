/** The command line is the equal of the page: what the API does, a command does. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { operations } from '@fairlead/api';

/** Operations that no command needs, and why. */
const WITHOUT: Readonly<Record<string, string>> = {
  'service.health': 'a probe of an orchestrator; "doctor" asks for readiness, which says more',
  'service.metrics': 'Prometheus reads it',
  'sessions.signIn': 'a browser signs in; commands have a token',
  'sessions.current': 'of a browser',
  'sessions.signOut': 'of a browser',
  'sessions.changePassword': 'by the user in the page; "user passwd" sets one',
  'explain.run': '"decode --explain" explains bytes with the same code, without a service',
  'live.setTopics': 'of a browser, which has one stream for all its pages',
  'live.records': 'of a browser: records that it left out; "tap" and "sub" leave out none',
  'drivers.property': 'one of those that "indi get" shows',
  'drivers.postProperty': 'the same as setProperty, for programs that cannot send PUT',
};

const source = fileURLToPath(new URL('../src', import.meta.url));
const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => readFileSync(join(source, name), 'utf8'));
const text = files.join('\n').replace(/\s*\.\s*(?=\w)/g, '.');

/** Whether some command calls it. Definitions of automation have their calls in common. */
function isUsed(resource: string, name: string): boolean {
  if (new RegExp(`\\b${resource}\\.${name}\\b`).test(text)) return true;
  if (
    resource === 'drivers' &&
    text.includes('.drivers[action](') &&
    new RegExp(`control\\(\\s*'${name}'`).test(text)
  )
    return true;
  const shared = ['connections', 'tasks', 'triggers', 'jobs'].includes(resource);
  return shared && new RegExp(`(api|callsOf\\([^;]*?\\))\\.${name}\\(`).test(text);
}

test('each operation of the API has a command', () => {
  const { stream: _stream, backup: _backup, ...resources } = operations;
  const missing: string[] = [];
  for (const [resource, calls] of Object.entries(resources))
    for (const name of Object.keys(calls)) if (!isUsed(resource, name)) missing.push(`${resource}.${name}`);
  assert.deepEqual(missing.sort(), Object.keys(WITHOUT).sort());
});

test('so do its streams', () => {
  for (const call of ['followText(', '.tap(', '.backup(', 'exportCapture('])
    assert.ok(text.includes(call), call);
});
