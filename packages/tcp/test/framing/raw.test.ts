import { codecSuite } from '@fairlead/testkit';
import { raw } from '../../src/index.ts';

codecSuite(
  'raw',
  raw(),
  [
    { hex: '00', frames: [{ hex: '00' }] },
    { hex: '68656c6c6f', frames: [{ hex: '68656c6c6f' }] },
    { hex: '', frames: [] },
  ],
  { cutsAnywhere: true, exact: true },
);

codecSuite(
  'raw({ max: 2 })',
  raw({ max: '2B' }),
  [{ hex: '0102030405', frames: [{ hex: '0102' }, { hex: '0304' }, { hex: '05' }] }],
  { cutsAnywhere: true, exact: true },
);
