/**
 * Numbers in recorded frames that move from one reading to the next: the last digit of decimal fractions in text, else single
 * bytes of binary numbers. A place counts only if the profile itself reads other numbers there, and everything else is as before.
 */
import type { FrameEditor } from '@fairlead/tcp/framing';
import type { DecodedLine } from '../decoding/decoded-line.ts';

/** Not a part of a longer one, such as an address of IPv4. */
const FRACTION = /(?<![\d.])\d{1,6}\.\d{1,8}(?![\d.])/g;
const FRACTION_ALONE = /^[-+]?\d+\.\d+$/;
/** Places of one frame that are tried, in text and in binary; and in binary of all frames of a profile together. */
const PLACES = 8;
const BYTES = 100;
const ALL_BYTES = 600;
/** Frames whose binary numbers do not move, after which no further ones are tried. */
const IN_VAIN = 5;
/** Places of one frame that move, in binary. */
const MOVING_BYTES = 4;
/** How far a byte moves from what was recorded, turn by turn. */
const STEPS = [0, 1, 2, 3, 4, 5, 4, 3, 2, 1];
/** A binary number moves by at most this share of itself, or by one of its units. */
const SHARE = 0.05;

/** One byte of a frame: the number of the frame within the bytes, the place in its content, and its values turn by turn. */
interface Place {
  readonly frame: number;
  readonly at: number;
  readonly values: readonly number[];
}

/** What the profile reads, and the unit of a value by its name; undefined: it has none. */
interface Reading {
  decode(bytes: Buffer): Promise<readonly DecodedLine[]>;
  unit(name: string): string | undefined;
}

/** Finds the places of the frames of one profile whose numbers can move. */
export class MovingPlaces {
  readonly #editor: FrameEditor;
  readonly #reading: Reading;
  #left = ALL_BYTES;
  /** Frames in which no place was found, until one was. */
  #vain = 0;

  constructor(editor: FrameEditor, reading: Reading) {
    this.#editor = editor;
    this.#reading = reading;
  }

  async of(bytes: Buffer): Promise<readonly Place[]> {
    const trial = new Trial(bytes, this.#editor, this.#reading);
    const places = await trial.digits();
    if (places.length > 0) return places;
    if (this.#left === 0 || this.#vain === IN_VAIN) return [];
    const { places: binary, tried } = await trial.bytes(Math.min(BYTES, this.#left));
    this.#left -= tried;
    if (binary.length > 0) this.#vain = Number.NEGATIVE_INFINITY;
    else this.#vain++;
    return binary;
  }
}

/** The bytes after so many turns; undefined: the framing does not read them any more. */
export function moved(
  bytes: Buffer,
  editor: FrameEditor,
  places: readonly Place[],
  turns: number,
): Buffer | undefined {
  let number = -1;
  return editor.edit(bytes, (content) => {
    number++;
    for (const { frame, at, values } of places)
      if (frame === number) content[at] = values[turns % values.length] as number;
  });
}

const placeOf = (frame: number, at: number, byte: number, sign: 1 | -1): Place => ({
  frame,
  at,
  values: STEPS.map((step) => (byte + sign * step) & 0xff),
});

/** The same place, moved the other way. */
function mirrored({ frame, at, values: [byte = 0, next = 0] }: Place): Place {
  return placeOf(frame, at, byte, next === ((byte + 1) & 0xff) ? -1 : 1);
}

/** Numbers by where they stand among the values, and all else that the frames say. */
interface Read {
  readonly numbers: ReadonlyMap<string, number>;
  readonly rest: string;
}

/** Which number a place moves, and by how much. */
interface Move {
  readonly path: string;
  readonly amount: number;
}

/** One recorded frame, or several that come together. */
class Trial {
  readonly #bytes: Buffer;
  readonly #editor: FrameEditor;
  readonly #reading: Reading;

  constructor(bytes: Buffer, editor: FrameEditor, reading: Reading) {
    this.#bytes = bytes;
    this.#editor = editor;
    this.#reading = reading;
  }

  async digits(): Promise<Place[]> {
    const found: Place[] = [];
    this.#eachFrame((content, frame) => {
      for (const { index, 0: text } of content.toString('latin1').matchAll(FRACTION)) {
        if (found.length === PLACES) return;
        const at = index + text.length - 1;
        const digit = (content[at] as number) - 0x30;
        found.push({ frame, at, values: STEPS.map((_, step) => 0x30 + ((digit + step) % 10)) });
      }
    });
    if (found.length === 0) return [];
    const before = await this.#read([], 0);
    const places: Place[] = [];
    for (const place of found) {
      const after = await this.#read([place], 1);
      if (after !== undefined && after.rest === before?.rest && changes(before, after).length > 0)
        places.push(place);
    }
    return places;
  }

  /**
   * The bytes that move one number each by little, up or down.
   *
   * @param most bytes that are tried
   */
  async bytes(most: number): Promise<{ places: readonly Place[]; tried: number }> {
    const before = await this.#read([], 0);
    if (before === undefined || ![...before.numbers.keys()].some((path) => this.#unit(path) !== undefined))
      return { places: [], tried: 0 };
    const found: Place[] = [];
    this.#eachFrame((content, frame) => {
      for (let at = 0; at < content.length && found.length < most; at++) {
        const byte = content[at] as number;
        found.push(placeOf(frame, at, byte, (byte & 0x0f) < 9 ? 1 : -1));
      }
    });
    // All at once: the sandbox takes many calls for the price of few.
    const tried = await Promise.all(
      found.map(async (place) => ({ place, move: await this.#moves(before, place, 1) })),
    );
    const places: Place[] = [];
    for (const candidates of byNumber(tried)) {
      const place = await this.#steady(before, candidates, places);
      if (place !== undefined) places.push(place);
      if (places.length === MOVING_BYTES) break;
    }
    return { places, tried: found.length };
  }

  /** The first of the places that moves its number in all turns, and is not taken. */
  async #steady(
    before: Read,
    candidates: readonly Place[],
    taken: readonly Place[],
  ): Promise<Place | undefined> {
    for (const place of candidates.flatMap((candidate) => [candidate, mirrored(candidate)])) {
      if (taken.some(({ frame, at }) => frame === place.frame && at === place.at)) continue;
      const later = await Promise.all([1, 2, 3, 4, 5].map((turn) => this.#moves(before, place, turn)));
      if (later.every((move) => move !== undefined)) return place;
    }
    return undefined;
  }

  /** The number with a unit that the place moves, and by how much; undefined: none, by too much, or more than that. */
  async #moves(before: Read, place: Place, turn: number): Promise<Move | undefined> {
    const after = await this.#read([place], turn);
    if (after === undefined || after.rest !== before.rest) return undefined;
    const paths = changes(before, after);
    const measured = paths.filter((path) => this.#unit(path) !== undefined);
    const [path = ''] = measured;
    // Beside it, its raw number may move.
    if (measured.length !== 1 || paths.length > 2) return undefined;
    const [from, to] = [before.numbers.get(path) as number, after.numbers.get(path) as number];
    const amount = Math.abs(to - from);
    const isShare = this.#unit(path) === '%' && (to < 0 || to > 100);
    return isShare || amount > turn * Math.max(1, SHARE * Math.abs(from)) ? undefined : { path, amount };
  }

  #unit(path: string): string | undefined {
    return this.#reading.unit(path.slice(path.lastIndexOf('.') + 1));
  }

  async #read(places: readonly Place[], turns: number): Promise<Read | undefined> {
    const bytes = moved(this.#bytes, this.#editor, places, turns);
    return bytes === undefined ? undefined : readOf(await this.#reading.decode(bytes));
  }

  #eachFrame(look: (content: Buffer, frame: number) => void): void {
    let frame = 0;
    this.#editor.edit(this.#bytes, (content) => look(content, frame++));
  }
}

/** For each number the places that move it, those that move it least first. */
function byNumber(tried: readonly { readonly place: Place; readonly move: Move | undefined }[]): Place[][] {
  const moving = tried.flatMap(({ place, move }) => (move === undefined ? [] : [{ place, ...move }]));
  const groups = Map.groupBy(
    moving.toSorted((a, b) => a.amount - b.amount),
    ({ path }) => path,
  );
  return Array.from(groups.values(), (group) => group.slice(0, 4).map(({ place }) => place));
}

/** The paths of the numbers that differ. */
function changes(before: Read, after: Read): string[] {
  return [...after.numbers].flatMap(([path, value]) => (before.numbers.get(path) === value ? [] : [path]));
}

/** What lines say besides their bytes. */
function readOf(lines: readonly DecodedLine[]): Read {
  const numbers = new Map<string, number>();
  const strip = (value: unknown, path: string): unknown => {
    // Some profiles show the text of a number beside it.
    if (typeof value === 'string') return FRACTION_ALONE.test(value) ? 0 : value;
    if (typeof value === 'number') {
      numbers.set(path, value);
      return 0;
    }
    if (Array.isArray(value)) return value.map((item, i) => strip(item, `${path}[${i}]`));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, strip(item, `${path}.${key}`)]),
    );
  };
  const rest = lines.map(({ hex: _, ...line }, i) => strip(line, `${i}`));
  return { numbers, rest: JSON.stringify(rest) };
}
