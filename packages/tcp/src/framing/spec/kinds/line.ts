import { z } from 'zod';
import { codePage } from '../../../text/code-page.ts';
import type { FrameEncoder, Payload } from '../../codec.ts';
import {
  EncodedLineEncoder,
  EncodedLineMeasure,
  type LineEnds,
  lineEndsOf,
  lineProblem,
} from '../../encoded-lines.ts';
import { LineMeasure, textLength } from '../../line.ts';
import { MEASURED, type Measure } from '../../measure.ts';
import { notEncodable, payloadBytes } from '../../payload.ts';
import type { ByteSink } from '../../sink.ts';
import type { ByteWindow } from '../../window.ts';
import type { RuleKind } from '../kind.ts';
import { commonKeys, maxKey } from '../parts/keys.ts';

const schema = z.strictObject({
  ...commonKeys,
  kind: z
    .literal('line')
    .describe(
      'Text up to LF or CR LF, which are stripped; in the encoding of the connection, if it has one.',
    ),
  max: maxKey,
  terminator: z
    .enum(['\n', '\r\n', '\u0085'])
    .default('\n')
    .describe('What is sent after each line. Default LF. NEL (U+0085) in an EBCDIC encoding only.'),
});

/**
 *     text LF  text CR LF
 *
 * Without an encoding, line ends are those of ASCII.
 */
export const lineKind: RuleKind<typeof schema> = {
  schema,
  shape({ max, terminator }, page) {
    const problem = lineProblem(page ?? codePage('utf-8'), terminator);
    if (problem !== undefined) throw new Error(problem.reason);
    const ends = page && lineEndsOf(page);
    if (page === undefined || ends === undefined || isAscii(ends)) {
      return {
        tail: MEASURED,
        measure: () => new AsciiLineMeasure(max),
        encoder: () => new AsciiLineEncoder(terminator),
        cost: max,
      };
    }
    return {
      tail: MEASURED,
      measure: () => new EncodedLineMeasure(ends, max),
      encoder: () => new EncodedLineEncoder(page, terminator),
      cost: max,
    };
  },
  word: { alone: true, number: 'max' },
};

const isAscii = ({ ends, cr }: LineEnds): boolean =>
  ends.length === 1 && Buffer.concat([cr, ...ends]).equals(Buffer.from('\r\n'));

class AsciiLineMeasure extends LineMeasure implements Measure {
  readonly head = 0;
  tail = 0;

  override measure(window: ByteWindow): number {
    const total = super.measure(window);
    if (total > 0) this.tail = total - textLength(window, total);
    return total;
  }
}

/** Sends lines of bytes that are text already. */
class AsciiLineEncoder implements FrameEncoder<Payload> {
  readonly #terminator: string;

  constructor(terminator: string) {
    this.#terminator = terminator;
  }

  encode(message: Payload, sink: ByteSink): void {
    const bytes = payloadBytes(message, 'line');
    if (bytes.includes(0x0a)) throw notEncodable('line', 'it holds a line feed');
    if (this.#terminator === '\n' && bytes.at(-1) === 0x0d)
      throw notEncodable('line', 'it ends with a CR, which the receiver takes for a part of the line end');
    sink.bytes(bytes);
    sink.text(this.#terminator);
  }
}
