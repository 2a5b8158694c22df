import { glob } from 'node:fs/promises';
import { codecSuite, readVectors } from '@fairlead/testkit';
import { parseFraming } from '../../src/index.ts';

/** Files whose frames cannot be sent back: several rules frame what is received, one what is sent. */
const RECEIVED_ONLY = new Set(['teltonika-head.json']);

const folder = new URL('../../vectors/', import.meta.url);
const files = await Array.fromAsync(glob('*.json', { cwd: folder.pathname }));
for (const file of files.toSorted()) {
  const { name, framing, vectors } = await readVectors(new URL(file, folder));
  codecSuite(
    name,
    parseFraming(framing ?? 'raw'),
    vectors,
    RECEIVED_ONLY.has(file) ? { message: false } : {},
  );
}
