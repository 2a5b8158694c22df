import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { parseFraming } from '@fairlead/tcp';
import { type CodecVector, type CodecVectorFile, codecSuite, readVectors } from '@fairlead/testkit';

/** What the source says a frame means. */
interface Gt06Vector extends CodecVector {
  readonly id: string;
  readonly record?: Readonly<Record<string, string | number | boolean>>;
  /** What the device is owed, in hex. */
  readonly reply?: string;
}

interface Reading {
  readonly values?: Readonly<Record<string, unknown>>;
  readonly time?: string;
  readonly reply?: Uint8Array;
}

const here = (file: string): URL => new URL(`../../../../examples/gt06/${file}`, import.meta.url);
const file = await readVectors<CodecVectorFile & { vectors: readonly Gt06Vector[] }>(here('vectors.json'));
const framing = parseFraming(await readFile(here('framing.json'), 'utf8'));
const script: { uplink(bytes: Uint8Array): Reading | undefined } = await import(here('uplink.js').href);

const first = file.vectors[0] as Gt06Vector;
const changed = (at: number, hex: string): string =>
  first.hex.slice(0, at * 2) + hex + first.hex.slice(at * 2 + 2);
codecSuite(file.name, framing, file.vectors, { exact: true, runs: 50 });

codecSuite(
  `${file.name}, after noise`,
  framing,
  [
    { note: 'one bit wrong', hex: changed(5, '87') },
    { note: 'a wrong length', hex: changed(2, '10') },
    { note: 'neither xx nor yy', hex: changed(1, '79') },
    { note: 'half a frame', hex: first.hex.slice(0, 16) },
  ].map(({ note, hex }) => ({ note, hex: hex + first.hex, frames: first.frames })),
  { message: false, runs: 50 },
);

describe('GT06 script', () => {
  for (const { id, hex, record, reply } of file.vectors) {
    const read = (): Reading => script.uplink(Uint8Array.from(Buffer.from(hex, 'hex'))) ?? {};
    if (record !== undefined) {
      it(`${id}: reads what its source says`, () => {
        const { time, values } = read();
        const found: Record<string, unknown> = { ...values, ...(time === undefined ? {} : { time }) };
        for (const [key, wanted] of Object.entries(record)) {
          if (key === 'latitude' || key === 'longitude')
            assert.ok(Math.abs(Number(found[key]) - Number(wanted)) < 1e-5, `${key} is ${found[key]}`);
          else assert.equal(found[key], wanted, key);
        }
      });
    }
    it(`${id}: ${reply === undefined ? 'is not answered' : 'is answered'}`, () => {
      const sent = read().reply;
      assert.equal(sent && Buffer.from(sent).toString('hex'), reply);
    });
  }

  it('says nothing about messages that it does not know', () => {
    assert.equal(script.uplink(Uint8Array.from(Buffer.from('78780599000688290d0a', 'hex'))), undefined);
  });
});
