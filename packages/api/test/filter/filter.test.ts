import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isFairleadError } from '@fairlead/core';
import fc from 'fast-check';
import { compileFilter, type DeviceView, type LinkView, parseFilter } from '../../src/index.ts';

const NOW = Date.parse('2026-03-01T12:00:00Z');
const hoursAgo = (hours: number) => new Date(NOW - hours * 3_600_000).toISOString();

const device = (fields: Partial<DeviceView>): DeviceView => ({
  name: 'a',
  type: 'standard',
  protocol: 'custom',
  status: 'offline',
  createdAt: hoursAgo(100),
  revision: 1,
  ...fields,
});
const link = (fields: Partial<LinkView>) =>
  ({
    id: '1',
    listener: 'custom',
    remote: '10.0.0.1:5',
    state: 'closed',
    bytesIn: 0,
    bytesOut: 0,
    ...fields,
  }) as LinkView;

const DEVICES = [
  device({ name: 'truck-1', profile: 'gt06', state: 'dead', since: hoursAgo(2), label: 'Truck "17", north' }),
  device({ name: 'truck-2', profile: 'gt06', state: 'suspect', status: 'online', since: hoursAgo(0.5) }),
  device({ name: 'meter-1', profile: 'modbus_tcp', status: 'online', since: hoursAgo(50), label: 'Zähler' }),
  device({ name: 'new-1' }),
];

const names = (filter: string) =>
  DEVICES.filter(compileFilter('devices', filter, NOW)).map(({ name }) => name);

describe('a filter', () => {
  const cases: [filter: string, found: string[]][] = [
    ['', ['truck-1', 'truck-2', 'meter-1', 'new-1']],
    ['profile:gt06', ['truck-1', 'truck-2']],
    ['profile:GT06 -state:dead', ['truck-2']],
    ['-profile:gt06', ['meter-1', 'new-1']],
    ['state:dead,suspect', ['truck-1', 'truck-2']],
    ['-state:dead,suspect', ['meter-1', 'new-1']],
    ['name:truck-*', ['truck-1', 'truck-2']],
    ['name:*-1', ['truck-1', 'meter-1', 'new-1']],
    ['name:t*k*1', ['truck-1']],
    ['name:"t*"', []],
    ['since:>1h', ['truck-1', 'meter-1']],
    ['since:>=1h since:<1d', ['truck-1']],
    ['-since:>1h', ['truck-2', 'new-1']],
    ['since:<2026-03-01T00:00:00Z', ['meter-1']],
    ['since:>2026-03-01T11:00:00Z', ['truck-2']],
    ['label:"truck \\"17\\", north"', ['truck-1']],
    ['zähler', ['meter-1']],
    ['-truck', ['meter-1', 'new-1']],
    ['"17"', ['truck-1']],
    ['  type:standard   name:new-1 ', ['new-1']],
    ['STATE:dead', ['truck-1']],
  ];
  for (const [filter, found] of cases)
    test(`${filter || '(empty)'} finds ${found.length}`, () => assert.deepEqual(names(filter), found));

  test('compares numbers, sizes too', () => {
    const links = [link({ id: '1', bytesIn: 10 }), link({ id: '2', bytesIn: 2_048, code: 'IDLE_TIMEOUT' })];
    const ids = (filter: string) => links.filter(compileFilter('links', filter, NOW)).map(({ id }) => id);
    assert.deepEqual([ids('received:>=2KiB'), ids('received:10'), ids('-code:*')], [['2'], ['1'], ['1']]);
  });

  test('that is wrong is refused with its place', () => {
    const wrong: [filter: string, at: number, reason: RegExp][] = [
      ['stat:dead', 1, /no field "stat".*did you mean "state"/],
      ['state:dead -nosuchfield:x', 13, /there are name, label/],
      ['state:', 7, /a value is missing/],
      ['state:dead,', 12, /a value is missing/],
      ['label:"open', 7, /quote is not closed/],
      ['label:"a\\n"', 9, /after a backslash/],
      ['label:"a"b', 10, /a space is missing/],
      ['name:>x', 7, /a text cannot be compared/],
      ['since:1h', 7, /write < or >/],
      ['since:>yesterday', 8, /a time is expected/],
      ['a,b', 1, /alternatives need a field/],
      ['-', 2, /a value is missing/],
      ['constructor:x', 1, /no field/],
      ['x '.repeat(33), 65, /more than 32 terms/],
      ['x'.repeat(2_001), 2_001, /longer than/],
    ];
    for (const [filter, at, reason] of wrong)
      assert.throws(
        () => compileFilter('devices', filter, NOW),
        (error) => {
          assert.ok(isFairleadError(error, 'FILTER_SYNTAX'), `${filter}: ${error}`);
          assert.equal(error.details.at, at, filter);
          assert.match(String(error.details.reason), reason, filter);
          return true;
        },
        filter,
      );
  });

  test('is parsed or refused, whatever it is', () => {
    const text = fc.oneof(
      fc.string(),
      fc
        .array(fc.constantFrom('a', ':', '-', '"', '\\', ',', '>', '=', '*', ' ', 'state', '1h'))
        .map((all) => all.join('')),
    );
    fc.assert(
      fc.property(text, (filter) => {
        try {
          const matches = compileFilter('devices', filter, NOW);
          for (const one of DEVICES) matches(one);
          assert.ok(parseFilter(filter).length <= 32);
        } catch (error) {
          assert.ok(isFairleadError(error, 'FILTER_SYNTAX'), String(error));
        }
      }),
      { numRuns: 1_000 },
    );
  });

  test('of many asterisks takes time in proportion to the text', () => {
    const matches = compileFilter('devices', `label:${'a*'.repeat(900)}b`, NOW);
    const begun = performance.now();
    assert.equal(matches(device({ label: 'a'.repeat(100_000) })), false);
    assert.ok(performance.now() - begun < 500);
  });
});
