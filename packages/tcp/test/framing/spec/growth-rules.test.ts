import { growsLinearly, rules, spec } from '../growth.ts';

const match = { bytes: 'aa' };
const crc = { kind: 'crc32', to: -4, at: -4 };
growsLinearly('a rule', [
  ['raw', spec({ kind: 'raw' }, {}), '61'],
  ['line', spec({ kind: 'line' }), '61'],
  ['json: openings', spec({ kind: 'json' }), '5b'],
  ['json: openings behind garbage', spec({ kind: 'json' }), '5d5b'],
  ['silence', spec({ kind: 'silence' }, {}), '61'],
  ['tp: false heads', spec({ kind: 'tp' }), '5450000000100000'],
  ['literal: nearly', spec({ kind: 'literal', bytes: ['aaaaaaaa', 'aaaaaaab'] }), 'aaaaaa00'],
  ['fixed: a wrong end at each byte', spec({ kind: 'fixed', match, size: 32, endsWith: '00' }), 'aa'],
  [
    'fixed: a check value over much at each byte',
    spec({ kind: 'fixed', match, size: 32, checksum: crc }),
    'aa',
  ],
  ['length: false heads, each long', spec({ kind: 'length', match, offset: 1, size: 2 }), 'aa001f'],
  ['length: false heads, each too long', spec({ kind: 'length', match, offset: 1, size: 4 }), 'aaffffffff'],
  [
    'length: false heads with a check value',
    spec({ kind: 'length', match, offset: 1, size: 2, checksum: crc }),
    'aa0020',
  ],
  [
    'length: digits without an end',
    spec({ kind: 'length', match: { bytes: '31' }, as: 'decimal', until: '2c' }),
    '31',
  ],
  ['length: varints', spec({ kind: 'length', as: 'varint' }), 'ffffff7f'],
  ['table', spec({ kind: 'table', sizes: { aa: { offset: 1, size: 2 }, bb: 28 }, checksum: crc }), 'aa001f'],
  ['table: false heads of a fixed size', spec({ kind: 'table', sizes: { bb: 32 }, checksum: crc }), 'bb'],
  ['delimiter: never', spec({ kind: 'delimiter', match, end: '00' }), 'aa'],
  ['delimiter: of several the one that never comes', spec({ kind: 'delimiter', end: ['00', '61'] }), '6261'],
  ['delimiter: not before', spec({ kind: 'delimiter', match, end: '0d', notBefore: '0a' }), 'aa0d0a'],
  [
    'delimiter: a tail that does not end',
    spec({ kind: 'delimiter', match, end: '0d', tail: { until: '0a' } }),
    `${'aa'.repeat(60)}0d`,
  ],
  [
    'delimiter: a check value that is found far away',
    spec({
      kind: 'delimiter',
      match,
      end: '00',
      checksum: { kind: 'crc32', to: { find: '2a', last: true }, at: { find: '2a', plus: 1 } },
    }),
    `${'aa'.repeat(60)}00`,
  ],
  ['no rule', spec({ kind: 'line', match }), '00'],
  [
    'next: each rule finds a fault far away',
    rules([
      ...Array.from({ length: 4 }, () => ({
        kind: 'length',
        match,
        offset: 1,
        size: 2,
        checksum: crc,
        onMismatch: 'next',
      })),
      { kind: 'fixed', size: 3 },
    ]),
    'aa0020',
  ],
  [
    'next: a check value over much before each small frame',
    rules([
      { kind: 'fixed', match, size: 32, checksum: crc, onMismatch: 'next' },
      { kind: 'fixed', size: 1 },
    ]),
    'aa',
  ],
  [
    'resync: a small good frame behind each false head',
    rules(
      [
        { kind: 'fixed', match, size: 32, checksum: crc },
        { kind: 'fixed', match: { bytes: 'bb' }, size: 1 },
      ],
      { resync: {} },
    ),
    'aabb',
  ],
  ['drop', rules([{ kind: 'fixed', match, size: 32, checksum: crc, onBadChecksum: 'drop' }]), 'aa'],
]);
