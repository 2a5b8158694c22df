import assert from 'node:assert/strict';
import { glob, readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { isFairleadError } from '@fairlead/core';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { framingJsonSchema } from '../../../src/framing/spec/reference.ts';
import { parseFraming } from '../../../src/index.ts';

const ajv = new Ajv2020({ strict: false, allErrors: true });
const bySchema = ajv.compile(framingJsonSchema());

function byParser(spec: object): boolean {
  try {
    parseFraming(spec);
    return true;
  } catch (error) {
    if (isFairleadError(error) && error.code === 'FRAMING_SPEC_INVALID') return false;
    throw error;
  }
}

const folder = new URL('../../../vectors/protocols/', import.meta.url);
const published: object[] = [];
for (const name of await Array.fromAsync(glob('*.json', { cwd: folder.pathname })))
  published.push(JSON.parse(await readFile(new URL(name, folder), 'utf8')).framing);

const sum = { kind: 'sum8', to: -1, at: -1 };
/** Rules that both take. */
const good: readonly object[] = [
  { kind: 'raw', max: '64KiB' },
  { kind: 'line', max: ' 1.5 KiB ', terminator: '\r\n' },
  { kind: 'delimiter', end: ' 0d 0A ', tail: { until: '0d' }, strip: [0, 2] },
  { kind: 'delimiter', end: ['0d', '0a'], notBefore: '00', idleMs: '0.5s' },
  { kind: 'fixed', size: 3, checksum: { ...sum, from: { find: '2a' }, when: { bytes: '00' } } },
  { kind: 'fixed', size: 4, checksum: { kind: { width: 16, poly: 0x8005 }, to: -2, at: -2 } },
  {
    kind: 'length',
    fields: [
      { offset: 1, as: 'varint' },
      { as: 'varint', counts: false },
    ],
  },
  { kind: 'length', as: 'hex', until: '2c', flag: { at: 0, mask: '80', add: -1 } },
  { kind: 'length', size: 2, mask: '03ff', shift: 1 },
  { kind: 'table', at: 1, sizes: { '01': 3, fF: { offset: 2 } } },
  { kind: 'literal', bytes: ['05', '06'] },
  { kind: 'silence', idleMs: 1 },
  { kind: 'markers', start: '02', end: '03', restart: true, escape: { byte: '1b', xor: '00' } },
  { kind: 'markers', start: '5b', end: '5d', nest: true, restart: ['5b33'], quote: '22', quoteEscape: '5c' },
  { kind: 'doubled', byte: '1a', sizes: { '31': 11 } },
  { kind: 'sequence', start: '1b', escape: '1b1b', end: '1a', tail: 3 },
  { kind: 'block', ends: [] },
  { kind: 'block', ends: '0a' },
  { kind: 'json', match: { range: [['7b', '7b']] } },
  {
    kind: 'tp',
    match: { any: [{ bytes: '54', mask: 'ff' }], all: [{ at: 1, range: [['50', '50']], not: true }] },
  },
];

/** Rules that both refuse. */
const bad: readonly object[] = [
  {},
  { kind: 'lines' },
  { kind: 'raw', max: 0 },
  { kind: 'raw', max: 1.5 },
  { kind: 'raw', max: '64k' },
  { kind: 'line', name: '' },
  { kind: 'line', terminator: 'x' },
  { kind: 'line', crc: 'x' },
  { kind: 'delimiter' },
  { kind: 'delimiter', end: 'zz' },
  { kind: 'delimiter', end: '0d0' },
  { kind: 'delimiter', end: '' },
  { kind: 'delimiter', end: [] },
  { kind: 'delimiter', end: '0d', idleMs: '0' },
  { kind: 'delimiter', end: '0d', idleMs: 0 },
  { kind: 'delimiter', end: '0d', strip: [1] },
  { kind: 'delimiter', end: '0d', strip: -1 },
  { kind: 'fixed' },
  { kind: 'fixed', size: 2, checksum: { ...sum, kind: 'crc99' } },
  { kind: 'fixed', size: 2, checksum: { kind: 'sum8', at: -1 } },
  { kind: 'fixed', size: 2, checksum: { ...sum, short: true } },
  { kind: 'fixed', size: 2, match: {} },
  { kind: 'fixed', size: 2, match: { at: 1 } },
  { kind: 'fixed', size: 2, match: { bytes: '00', range: [['00', '01']] } },
  { kind: 'fixed', size: 2, match: { range: [['00']] } },
  { kind: 'fixed', size: 2, match: { range: [['00', '0102']] } },
  { kind: 'fixed', size: 2, match: { any: [] } },
  { kind: 'fixed', size: 2, match: { any: [{ at: 1 }] } },
  { kind: 'fixed', size: 2, match: { any: [{ bytes: '00', range: [['00', '01']] }] } },
  { kind: 'fixed', size: 2, match: { range: [['00', '01']], mask: 'ff' } },
  { kind: 'length', until: '2c' },
  { kind: 'length', as: 'decimal', mask: '0f' },
  { kind: 'length', size: 21 },
  { kind: 'length', fields: [] },
  { kind: 'length', fields: [{ size: 1 }], offset: 2 },
  { kind: 'length', fields: [{ size: 1, until: '2c' }] },
  { kind: 'table' },
  { kind: 'table', sizes: {} },
  { kind: 'table', sizes: { '1': 2 } },
  { kind: 'table', sizes: { '01': { until: '2c' } } },
  { kind: 'literal', bytes: [] },
  { kind: 'markers', start: '02' },
  { kind: 'markers', end: '03', restart: [] },
  { kind: 'markers', end: '03', escape: { byte: '1b' } },
  { kind: 'markers', end: '03', escape: { byte: '1b', xor: '00', map: { '1b': '1b' } } },
  { kind: 'markers', end: '03', escape: { byte: '1b1b', xor: '00' } },
  { kind: 'doubled', byte: '1a', sizes: {} },
  { kind: 'sequence', start: '1b', escape: '1b1b' },
];

/**
 * Rules that the schema takes and the parser refuses. docs/framing.md names what the schema cannot say: a change here is a
 * change there.
 */
const beyond: readonly object[] = [
  // Sizes and times that come to no whole number of bytes, or to too little.
  { kind: 'raw', max: '0.3B' },
  { kind: 'silence', idleMs: '0ms' },
  // As many bytes here as there.
  { kind: 'fixed', size: 2, match: { bytes: '00', mask: 'ffff' } },
  { kind: 'length', size: 2, mask: '0f' },
  { kind: 'length', size: 9 },
  // What does not fit in a frame, or in one another.
  { kind: 'fixed', size: 2, strip: 3 },
  { kind: 'fixed', size: 3, checksum: { kind: 'crc16/x25', to: -1, at: -1 } },
  { kind: 'length', magic: '00' },
  { kind: 'length', fields: [{ size: 2 }, { offset: 1, size: 2 }] },
  { kind: 'length', fields: [{ size: 1, counts: false }] },
  { kind: 'doubled', byte: '1a', sizes: { '1a': 4 } },
  { kind: 'literal', bytes: ['41', '4142'] },
  // What goes with what.
  { kind: 'fixed', size: 4, checksum: { ...sum, over: 'content' } },
  { kind: 'markers', start: '02', end: '03', shared: true },
  { kind: 'markers', end: '03', quote: '22' },
  { kind: 'markers', end: '03', restart: true },
  { kind: 'markers', end: '03', double: '10', decode: 'hex' },
  { kind: 'sequence', start: '01', escape: '1b1b', end: '1b' },
  // The rules of a list.
  { kind: 'line', first: true },
  { kind: 'line', discard: true },
];

describe('docs/framing.schema.json', () => {
  it('is a valid schema of JSON Schema 2020-12', () => {
    assert.equal(ajv.validateSchema(framingJsonSchema()), true, ajv.errorsText());
  });

  it('takes every published framing', () => {
    assert.ok(published.length >= 53);
    for (const spec of published) assert.equal(bySchema(spec), true, ajv.errorsText(bySchema.errors));
  });

  for (const rule of good)
    it(`takes ${JSON.stringify(rule)}, as the parser does`, () => {
      const spec = { rules: [rule], resync: {}, frameTimeout: '5s' };
      assert.deepEqual([bySchema(spec), byParser(spec)], [true, true], ajv.errorsText(bySchema.errors));
    });

  for (const rule of bad)
    it(`refuses ${JSON.stringify(rule)}, as the parser does`, () => {
      assert.deepEqual([bySchema({ rules: [rule] }), byParser({ rules: [rule] })], [false, false]);
    });

  for (const rule of beyond)
    it(`cannot tell that ${JSON.stringify(rule)} is refused`, () => {
      assert.deepEqual([bySchema({ rules: [rule] }), byParser({ rules: [rule] })], [true, false]);
    });

  it('refuses what is no spec, as the parser does', () => {
    const rules = [{ kind: 'line' }];
    const specs = [
      {},
      [],
      { rules: [] },
      { rules, sent: [] },
      { rules, name: 'x' },
      { rules, frameTimeout: 0 },
    ];
    for (const spec of [...specs, { rules, resync: { max: 0 } }, { kind: 'line' }])
      assert.deepEqual([bySchema(spec), byParser(spec)], [false, false], JSON.stringify(spec));
  });

  it('takes all that the parser takes', () => {
    const all = [...published, ...[...good, ...bad, ...beyond].map((rule) => ({ rules: [rule] }))];
    const values = fc.constantFrom<unknown>(
      0,
      1,
      -1,
      1.5,
      true,
      '',
      '00',
      '0d0a',
      '5s',
      '1KiB',
      [],
      {},
      ['00'],
      [1, 1],
      null,
    );
    const change = fc.record({ at: fc.nat(), value: fc.option(values, { nil: undefined }) });
    fc.assert(
      fc.property(
        fc.constantFrom(...all),
        fc.array(change, { minLength: 1, maxLength: 3 }),
        (spec, changes) => {
          const changed = structuredClone(spec);
          for (const { at, value } of changes) {
            const places = placesIn(changed);
            const place = places[at % places.length] as [Record<string, unknown>, string] | undefined;
            if (place === undefined) continue;
            const [holder, key] = place;
            if (value === undefined) delete holder[key];
            else holder[key] = structuredClone(value);
          }
          const plain = JSON.parse(JSON.stringify(changed));
          if (byParser(plain)) assert.equal(bySchema(plain), true, ajv.errorsText(bySchema.errors));
        },
      ),
      { numRuns: 3_000 },
    );
  });
});

/** Every key of every object and list within. */
function placesIn(value: object): [holder: object, key: string][] {
  return Object.entries(value).flatMap(([key, item]) => [
    [value, key],
    ...(typeof item === 'object' && item !== null ? placesIn(item) : []),
  ]);
}
