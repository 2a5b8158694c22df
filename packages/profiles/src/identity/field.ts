/** The identity in a field of a frame: `{ at, length, as }`. */
import { Matcher } from '@fairlead/tcp/internal';
import type { MatchIdentity } from '../definition/schema.ts';

const ZERO_TEXT = /^0+(?=.)/;

/** Reads the field of frames that have it. */
export class IdentityField {
  readonly #terms: MatchIdentity;
  readonly #when: Matcher | undefined;

  constructor(terms: MatchIdentity) {
    this.#terms = terms;
    this.#when = Matcher.of(terms.when as Parameters<typeof Matcher.of>[0]);
  }

  /** The identity; undefined where the frame does not match, is too short, or does not hold the form. */
  read(frame: Buffer): string | undefined {
    if (this.#when !== undefined && this.#when.test(frame, 0, frame.length) !== 1) return undefined;
    const { at, length, as, strip } = this.#terms;
    const from = at < 0 ? frame.length + at : at;
    if (from < 0 || from + length > frame.length) return undefined;
    const text = textOf(frame.subarray(from, from + length), as);
    return strip === undefined ? text : text?.replace(ZERO_TEXT, '');
  }
}

function textOf(field: Buffer, as: MatchIdentity['as']): string | undefined {
  switch (as) {
    case 'ascii':
    case 'latin1': {
      const end = field.indexOf(0);
      return (end < 0 ? field : field.subarray(0, end)).toString('latin1').trim();
    }
    case 'hex':
      return field.toString('hex');
    case 'bcd': {
      const digits = field.toString('hex');
      return /[a-f]/.test(digits) ? undefined : digits;
    }
    default:
      return integerOf(field, as);
  }
}

function integerOf(field: Buffer, as: string): string | undefined {
  const size = Number(/\d+/.exec(as)?.[0]) / 8;
  if (field.length !== size) return undefined;
  const little = as.endsWith('le');
  const bytes = little ? Buffer.from(field).reverse() : field;
  return BigInt(`0x${bytes.toString('hex')}`).toString();
}
