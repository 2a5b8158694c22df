import { growsLinearly, spec } from '../growth.ts';

growsLinearly('a rule with marks', [
  ['markers: start marks', spec({ kind: 'markers', start: 'aa', end: 'bb' }), 'aa'],
  [
    'markers: start marks, each begins anew',
    spec({ kind: 'markers', start: 'aa', end: 'bb', restart: true }),
    'aa',
  ],
  [
    'markers: start marks before one end',
    spec({ kind: 'markers', start: 'aa', end: 'bb', restart: true }),
    `${'aa'.repeat(60)}bb`,
  ],
  ['markers: empty ones', spec({ kind: 'markers', start: 'aa', end: 'bb' }), 'aabb'],
  ['markers: flags', spec({ kind: 'markers', start: '7e', end: '7e', shared: true }), '7e'],
  [
    'markers: escapes',
    spec({ kind: 'markers', start: 'aa', end: 'bb', escape: { byte: '10', xor: '20' } }),
    '1030',
    'aa',
  ],
  [
    'markers: escaped marks',
    spec({ kind: 'markers', start: 'aa', end: 'bb', escape: { byte: '10', xor: '00' } }),
    '10bb',
    'aa',
  ],
  [
    'markers: escaped start marks, which begin nothing anew',
    spec({ kind: 'markers', start: 'aa', end: 'bb', restart: true, escape: { byte: '10', xor: '00' } }),
    '101010aa',
    'aa',
  ],
  [
    'markers: wrong escapes',
    spec({ kind: 'markers', start: 'aa', end: 'bb', escape: { byte: '10', map: { '01': '10' } } }),
    `${'aa'.repeat(60)}1000bb`,
  ],
  ['markers: doubled', spec({ kind: 'markers', start: '1002', end: '1003', double: '10' }), '1010', '1002'],
  [
    'markers: doubled, neither mark',
    spec({ kind: 'markers', start: '1002', end: '1003', double: '10' }),
    '10021005',
  ],
  [
    'markers: doubled, begun anew',
    spec({ kind: 'markers', start: '1002', end: '1003', double: '10', restart: true }),
    '1002',
  ],
  ['markers: nested', spec({ kind: 'markers', start: '5b', end: '5d', nest: true }), '5b'],
  [
    'markers: nested, begun anew',
    spec({ kind: 'markers', start: '5b', end: '5d', nest: true, restart: '5b33' }),
    '5b335b',
  ],
  [
    'markers: a quote that never ends',
    spec({ kind: 'markers', start: '5b', end: '5d', nest: true, quote: '22', quoteEscape: '5c' }),
    '5c22',
    '5b22',
  ],
  [
    'markers: no digits',
    spec({ kind: 'markers', start: '3a', end: '0d', decode: 'hex' }),
    `${'3a'.repeat(60)}0d`,
  ],
  ['doubled: heads', spec({ kind: 'doubled', byte: '1a', sizes: { '31': 60 } }), '1a31'],
  ['doubled: pairs', spec({ kind: 'doubled', byte: '1a', sizes: { '31': 2 ** 20 } }), '1a1a', '1a31'],
  [
    'doubled: a fault at the end of each',
    spec({ kind: 'doubled', byte: '1a', sizes: { '31': 60 } }),
    `1a31${'1a1a'.repeat(29)}1a00`,
  ],
  ['sequence: escapes', spec({ kind: 'sequence', start: '1b1b', escape: '1b1b', end: '1a' }), '1b'],
  [
    'sequence: aligned',
    spec({ kind: 'sequence', start: '1b1b', escape: '1b1b1b1b', end: '1a', align: 4 }),
    '1b1b1b00',
  ],
  [
    'sequence: start marks',
    spec({ kind: 'sequence', start: 'aa', escape: '1b1b', end: '1a' }),
    `${'aa'.repeat(60)}1b1b00`,
  ],
  ['block: without a length', spec({ kind: 'block' }), '2330'],
  ['block: long ones', spec({ kind: 'block' }), '2332 3939'],
]);
