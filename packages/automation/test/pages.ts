/** The code pages that tests of runs need, from what Node has itself. */
import { TextDecoder } from 'node:util';
import type { CodePages } from '../src/ports.ts';

const ENCODE: Readonly<Record<string, BufferEncoding>> = {
  'utf-8': 'utf8',
  'utf-16le': 'utf16le',
  latin1: 'latin1',
};

export const pages: CodePages = (name, { onInvalid }) => {
  const encoding = ENCODE[name];
  if (encoding === undefined) throw new Error(`no page ${name} in tests`);
  const make = () => new TextDecoder(name, { fatal: onInvalid === 'strict' });
  return {
    name,
    encode: (text) => Buffer.from(text, encoding),
    decode: (bytes) => make().decode(bytes),
    decoder: () => {
      const stream = make();
      return { write: (bytes) => stream.decode(bytes, { stream: true }), end: () => stream.decode() };
    },
  };
};
