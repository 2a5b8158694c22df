/** Twice the bytes take at most about twice the time, whatever a stranger sends and however the stream is cut. */
import { describe, it } from 'node:test';
import { Deframer } from '@fairlead/tcp';
import { assertLinear } from '@fairlead/testkit';
import {
  type AnyNewVector,
  DefaultDevice,
  ElementSplitter,
  formatNumber,
  type IndiMessage,
  type Member,
  parseMessage,
  parseNumber,
  type RawElement,
} from '../../src/index.ts';
import { checkRequest } from '../../src/property/check-request.ts';
import { blobData } from '../../src/wire/index.ts';
import { parseTimestamp } from '../../src/wire/time.ts';

/** Bytes to begin with. What a bound changes, such as that of noise, lies below them, or above twice as many. */
const WHOLE = 80_000;
const PIECES = 30_000;
const BYTES = 6_000;

/** Repeats a piece up to `size` bytes. */
const many = (piece: string, size: number): string => piece.repeat(Math.ceil(size / piece.length));
const text = (inside: string): string =>
  `<newTextVector device="D" name="N"><oneText name="T">${inside}</oneText></newTextVector>`;
const number = (inside: string): string =>
  `<newNumberVector device="D" name="N"><oneNumber name="T">${inside}</oneNumber></newNumberVector>`;
const numbered = (size: number, length: number, piece: (i: number) => string): string =>
  Array.from({ length: Math.ceil(size / length) }, (_, i) => piece(i)).join('');

/** What is sent, by its size in bytes. */
const inputs: Readonly<Record<string, (size: number) => string>> = {
  'small elements': (size) => many(number('1'), size),
  'a long text': (size) => text(many('x', size)),
  'a text of many languages': (size) => text(many('žluťoučký 🐎 ', size)),
  'a text of entities': (size) => text(many('&lt;&#38;&#x26;', size)),
  'a text of ampersands': (size) => text(many('&', size)),
  'a text of entities that are none': (size) => text(many('&#1234567&#xabcdef&abcd', size)),
  'a text in many pieces of CDATA': (size) => text(many('<![CDATA[x]]>', size)),
  'a text of spaces': (size) => text(many(' ', size)),
  'many comments': (size) => text(many('<!-- - -->', size)),
  'a long comment': (size) => text(`<!--${many('- -', size)}-->`),
  'a comment without an end': (size) => `<newTextVector device="D"><!--${many('--', size)}`,
  'a CDATA section without an end': (size) => `<newTextVector device="D"><![CDATA[${many(']]', size)}`,
  'an instruction without an end': (size) => `<newTextVector device="D"><?${many('?', size)}`,
  'many attributes': (size) =>
    `<newTextVector ${numbered(size, 12, (i) => `a${i}="1" `)} device="D" name="N"/>`,
  'the same attribute': (size) => `<newTextVector ${many('device="D" ', size)} name="N"/>`,
  'a long attribute': (size) => `<newTextVector device="${many('&amp;>', size)}" name="N"/>`,
  'an attribute without an end': (size) => `<newTextVector device="${many('x>', size)}`,
  'spaces in a tag': (size) => `<newTextVector ${many(' ', size)} device="D" name="N"/>`,
  'a tag without an end': (size) => `<newTextVector ${many('a ', size)}`,
  'a name without an end': (size) => `<${many('n', size)}`,
  'spaces in a closing tag': (size) =>
    `<newTextVector device="D" name="N"></newTextVector${many(' ', size)}>`,
  'many members': (size) =>
    `<newTextVector device="D" name="N">${numbered(size, 30, (i) => `<oneText name="${i}">x</oneText>`)}</newTextVector>`,
  'many members of one name': (size) =>
    `<newTextVector device="D" name="N">${many('<oneText name="T">x</oneText>', size)}</newTextVector>`,
  'many unknown children': (size) =>
    `<newTextVector device="D" name="N">${many('<x a="1"><y/></x>', size)}</newTextVector>`,
  'unknown elements': (size) => many('<unknown a="1">x</unknown>', size),
  'an unknown element without an end': (size) => `<unknown>${many('<x/>', size)}`,
  'deep nesting': (size) => many('<a>', size),
  'closing tags that nothing opened': (size) => many('</a>', size),
  'elements that are cut off by the next': (size) => many('<newTextVector ', size),
  'elements that end otherwise': (size) => many('<newTextVector device="D"></x>', size),
  brackets: (size) => many('<', size),
  'brackets before what is no name': (size) => many('< ', size),
  noise: (size) => many('noise & more ', size),
  'noise of half a tag': (size) => many('<newTextVecto', size),
  declarations: (size) => many("<?xml version='1.0'?>\n", size),
  'a number of digits': (size) => number(many('1', size)),
  'a number of digits and a letter': (size) => number(`${many('1', size)}x`),
  'a number of fractions': (size) => number(`1.${many('1', size)}x`),
  'a number of spaces': (size) => number(`1${many(' ', size)}x`),
  'a number of exponents': (size) => number(`1e${many('1', size)}x`),
  'a BLOB': (size) =>
    `<newBLOBVector device="D" name="N"><oneBLOB name="B" size="${(size / 4) * 3}" format=".x">${many('AAAA', size)}</oneBLOB></newBLOBVector>`,
  'a BLOB in short lines': (size) =>
    `<newBLOBVector device="D" name="N"><oneBLOB name="B" size="9" format=".x">${many('AAAA\n', size)}</oneBLOB></newBLOBVector>`,
  'a BLOB in many pieces': (size) =>
    `<newBLOBVector device="D" name="N"><oneBLOB name="B" size="9" format=".x">${many('AAAA<!---->', size)}</oneBLOB></newBLOBVector>`,
  'many BLOBs': (size) =>
    `<newBLOBVector device="D" name="N">${many('<oneBLOB name="B" size="3" format=".x">AAAA</oneBLOB>', size)}</newBLOBVector>`,
};

/** Reads as a driver does: what is wrong is passed over. */
function read(chunks: readonly Buffer[]): void {
  const splitter = new ElementSplitter({ resync: () => undefined });
  const deframer = new Deframer<RawElement>(splitter, 'indi');
  for (const chunk of chunks) for (const element of deframer.push(chunk)) meaning(element);
}

function meaning(element: RawElement): void {
  let message: IndiMessage | undefined;
  try {
    message = parseMessage(element);
  } catch {
    return;
  }
  if (message?.tag !== 'newBLOBVector') return;
  for (const { name, value } of message.members as readonly Member<'BLOB'>[])
    try {
      blobData(name, value);
    } catch {
      // Another size than it states.
    }
}

function cut(whole: Buffer, length: number): Buffer[] {
  // Each a buffer of its own: what is received is.
  return Array.from({ length: Math.ceil(whole.length / length) }, (_, i) =>
    Buffer.from(whole.subarray(i * length, (i + 1) * length)),
  );
}

/** A square shows at each size; the garbage collector, which makes a step, at one of them. */
async function assertGrowth<T>(
  size: number,
  make: (size: number) => T,
  work: (input: T) => unknown,
): Promise<void> {
  await assertLinear(size, make, work).catch(() => assertLinear(size * 3, make, work));
}

describe('the time that the INDI wire takes grows with the bytes', () => {
  for (const [what, make] of Object.entries(inputs)) {
    it(`of ${what}, in one piece`, () => assertGrowth(WHOLE, (size) => [Buffer.from(make(size))], read));
    it(`of ${what}, in pieces of 1 KiB`, () =>
      assertGrowth(PIECES, (size) => cut(Buffer.from(make(size)), 1_024), read));
    it(`of ${what}, byte by byte`, () =>
      assertGrowth(BYTES, (size) => cut(Buffer.from(make(size)), 1), read));
  }

  for (const [what, digits] of [
    ['digits', '1'],
    ['zeros and a point', '0.'],
    ['minutes', '1:'],
    ['spaces', ' '],
    ['signs', '+'],
    ['points', '.'],
  ] as const)
    it(`of a number made of ${what}`, () =>
      assertGrowth(
        50_000,
        (size) => [`1${many(digits, size)}x`, `${many(digits, size)}`, `x${many(digits, size)}`],
        (all) => all.map((one) => [parseNumber(one), parseTimestamp(one)]),
      ));

  for (const [what, piece] of [
    ['flags', '0'],
    ['flags and digits', '0 '],
    ['digits', '1'],
    ['signs', '%'],
    ['points', '.'],
    ['spaces', '% '],
  ] as const)
    it(`of a format made of ${what}`, () =>
      assertGrowth(
        50_000,
        (size) => [`%${many(piece, size)}`, `%.${many(piece, size)}!`],
        (all) => all.map((one) => formatNumber(one, 1.5)),
      ));
});

describe('the time that a request takes grows with its members', () => {
  const lamp = new DefaultDevice('D');
  const levels = lamp.numbers('N', { members: { T: {} } });
  const modes = lamp.switches('S', { members: { T: {} } });
  const request =
    (type: 'Number' | 'Switch', value: number | boolean, name: (i: number) => string) => (size: number) =>
      ({
        tag: `new${type}Vector`,
        type,
        device: 'D',
        name: 'N',
        members: Array.from({ length: size }, (_, i) => ({ name: name(i), value })),
      }) as AnyNewVector;

  it('of one name', () =>
    assertGrowth(
      50_000,
      request('Number', 1, () => 'T'),
      (one) => checkRequest(levels, one),
    ));
  it('of unknown names', () =>
    assertGrowth(
      50_000,
      request('Number', 1, (i) => (i === 0 ? 'T' : `T${i}`)),
      (one) => checkRequest(levels, one),
    ));
  it('of switches', () =>
    assertGrowth(
      50_000,
      request('Switch', true, () => 'T'),
      (one) => checkRequest(modes, one),
    ));
});
