/**
 * Numbers in the text of a recorded frame that move from one reading to the next: the last digit of decimal fractions. A place
 * counts only if the profile itself reads another number there, and everything else is as before.
 */
import type { FrameEditor } from '@fairlead/tcp/framing';
import type { DecodedLine } from '../decoding/profile-link.ts';

/** Not a part of a longer one, such as an address of IPv4. */
const FRACTION = /(?<![\d.])\d{1,6}\.\d{1,8}(?![\d.])/g;
const FRACTION_ALONE = /^[-+]?\d+\.\d+$/;
/** Places of one frame that are tried. */
const PLACES = 8;

/** The last digit of a fraction: the number of the frame within the bytes, and the place in its content. */
interface Place {
  readonly frame: number;
  readonly at: number;
}

type Decode = (bytes: Buffer) => Promise<readonly DecodedLine[]>;

/** The places in `bytes` whose numbers can move. */
export async function movingPlaces(
  bytes: Buffer,
  editor: FrameEditor,
  decode: Decode,
): Promise<readonly Place[]> {
  const found: Place[] = [];
  let frame = 0;
  editor.edit(bytes, (content) => {
    for (const { index, 0: text } of content.toString('latin1').matchAll(FRACTION))
      if (found.length < PLACES) found.push({ frame, at: index + text.length - 1 });
    frame++;
  });
  if (found.length === 0) return found;
  const before = await decode(bytes);
  const places: Place[] = [];
  for (const place of found) {
    const edited = moved(bytes, editor, [place], 1);
    if (edited !== undefined && onlyNumbersDiffer(before, await decode(edited))) places.push(place);
  }
  return places;
}

/** The bytes with the digits at these places moved by `by`; undefined: the framing does not read them any more. */
export function moved(
  bytes: Buffer,
  editor: FrameEditor,
  places: readonly Place[],
  by: number,
): Buffer | undefined {
  let number = -1;
  return editor.edit(bytes, (content) => {
    number++;
    for (const { frame, at } of places)
      if (frame === number) content[at] = 0x30 + (((content[at] as number) - 0x30 + by) % 10);
  });
}

/** Whether the same frames yield the same but for numbers among their values, of which one at least differs. */
function onlyNumbersDiffer(before: readonly DecodedLine[], after: readonly DecodedLine[]): boolean {
  const [a, b] = [numbersOf(before), numbersOf(after)];
  return a.rest === b.rest && a.numbers !== b.numbers;
}

/** What lines say besides their bytes, numbers apart. */
function numbersOf(lines: readonly DecodedLine[]): { rest: string; numbers: string } {
  const numbers: number[] = [];
  const rest = JSON.stringify(
    lines.map(({ hex: _, ...line }) => line),
    (_key, value) => {
      if (typeof value === 'number') numbers.push(value);
      // Some profiles show the text of a number beside it.
      return typeof value === 'number' || (typeof value === 'string' && FRACTION_ALONE.test(value))
        ? 0
        : value;
    },
  );
  return { rest, numbers: numbers.join() };
}
