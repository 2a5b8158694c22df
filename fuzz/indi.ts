/**
 * Sends random and damaged INDI elements through splitter and parser. The result must be the same whole and in parts, errors
 * must be of the catalogue, and memory must be bounded. Parsed elements can be written and parsed again. A splitter that
 * is set to continue after errors must continue.
 */

import { isFairleadError } from '@fairlead/core';
import {
  encodeMessage,
  formatNumber,
  type IndiMessage,
  indiElements,
  parseMessage,
  type RawElement,
  wireNumber,
} from '@fairlead/indi';
import { type Codec, Deframer } from '@fairlead/tcp';
import { flaw, type Input, shrunk } from './check.ts';
import type { Subject } from './codecs.ts';
import { adversarial, mutated } from './mutate.ts';
import { Random } from './random.ts';
import type { Finding, Report, Target } from './target.ts';

const LIMIT = 1_500;
/** BLOBs come in many pieces here, as large ones do. */
const LIMITS = { maxElement: LIMIT, maxBlob: LIMIT, setAside: 24 };
const SEEDS = [
  '<getProperties version="1.7" device="A"/>',
  "<?xml version='1.0'?>\n<defNumberVector\n  device='A'\n  name='N'\n  state='Idle'\n  perm='rw'\n>\n  <defNumber\n    name='X'\n    format='%010.6m'\n    min='0' max='24' step='0'>\n      12:30:15.5\n  </defNumber>\n</defNumberVector>\n",
  '<setSwitchVector device="A" name="S" state="Ok"><oneSwitch name="ON">On</oneSwitch></setSwitchVector>',
  '<newTextVector device="A &amp; B" name="T"><oneText name="X"><![CDATA[ <x> ]]></oneText><!-- > --></newTextVector>',
  '<setLightVector device="A" name="L"><oneLight name="X">Busy</oneLight></setLightVector>',
  '<setBLOBVector device="A" name="B"><oneBLOB name="X" size="5" enclen="8" format=".txt">\naGVsbG8=\n</oneBLOB></setBLOBVector>',
  `<setBLOBVector device="A" name="B"><oneBLOB name="X" size="300" format=".x">${'QUJD'.repeat(100)}</oneBLOB><oneBLOB name="Y" size="3">QUJD</oneBLOB>\n<!-- > --></setBLOBVector>`,
  '<message device="A" timestamp="2026-11-20T10:05:48" message="it&#39;s"/><delProperty device="A"/>',
  '<enableBLOB device="A">Also</enableBLOB><pingRequest uid="1"/><pingReply uid="1"/>',
].map((text) => Buffer.from(text));

const subject: Subject = {
  name: 'indi',
  codec: shownAs(indiElements(LIMITS)) as Subject['codec'],
  limit: LIMIT,
  cutsAnywhere: false,
  seeds: SEEDS,
};

export const indi: Target = async (seed, until) => {
  const random = new Random(seed);
  let inputs = 0;
  const report = (finding?: Finding): Report => ({
    summary: `${inputs.toLocaleString('en')} inputs`,
    finding,
  });
  for (let round = 0; !until(); round++) {
    if (round % 64 === 63) await new Promise(setImmediate);
    inputs++;
    const input = randomInput(random);
    const wrong = (candidate: Input): string | undefined => flaw(subject, candidate) ?? meaning(candidate);
    const found = wrong(input) ?? numbers(random);
    if (found === undefined) continue;
    const small = shrunk(input, (candidate) => wrong(candidate) !== undefined);
    return report({
      what: `indi: ${wrong(small) ?? found}`,
      reproduction: [`bytes: ${small.bytes.toString('hex')}`, `cut at: ${small.cuts.join(' ') || 'nowhere'}`],
    });
  }
  return report();
};

function randomInput(random: Random): Input {
  const bytes = random.chance(0.8) ? mutated(random, SEEDS) : adversarial(random, SEEDS, random.size(3_000));
  return { bytes, cuts: random.cuts(bytes.length).filter((cut) => cut < bytes.length), ending: 'close' };
}

/** Elements are compared by their bytes. */
function shownAs(codec: Codec<RawElement, never>): Codec<Buffer, never> {
  return {
    name: codec.name,
    decoder: () => {
      const decoder = codec.decoder();
      return {
        get aside() {
          return decoder.aside ?? 0;
        },
        decode: (window) => decoder.decode(window)?.bytes,
      };
    },
    encoder: () => codec.encoder(),
  };
}

/** The flaw in the parsed elements; undefined if there is none. Also after errors, from which the splitter recovers. */
function meaning({ bytes, cuts }: Input): string | undefined {
  const resync = (): void => undefined;
  const deframer = new Deframer(indiElements({ ...LIMITS, resync }).decoder(), 'indi');
  const good = Buffer.from('<getProperties version="1.7" device="the last"/>');
  const elements: RawElement[] = [];
  let from = 0;
  for (const to of [...cuts, bytes.length]) {
    if (to > from) elements.push(...deframer.push(Buffer.from(bytes.subarray(from, to))));
    from = Math.max(from, to);
  }
  if (deframer.failure !== undefined) return `it does not go on after ${deframer.failure}`;
  if (deframer.pending > LIMIT + 1) return `${deframer.pending} bytes are held back`;
  // However deep it is in an element, the next ones get through once that has met its limit.
  for (let sent = 0; sent < LIMIT * 2; sent += good.length) elements.push(...deframer.push(good));
  if (!elements.some((element) => element.bytes.equals(good))) return 'it does not recover';
  for (const element of elements) {
    const problem = reading(element);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function reading(element: RawElement): string | undefined {
  let message: IndiMessage | undefined;
  try {
    message = parseMessage(element);
  } catch (error) {
    return isFairleadError(error) ? undefined : `parseMessage threw ${(error as Error).stack}`;
  }
  if (message === undefined) return undefined;
  let again: Buffer;
  try {
    again = encodeMessage(message);
  } catch (error) {
    return isFairleadError(error, 'MESSAGE_NOT_ENCODABLE')
      ? undefined
      : `encodeMessage threw ${(error as Error).stack}`;
  }
  const reread = JSON.stringify(parseMessage(again));
  return reread === JSON.stringify(message)
    ? undefined
    : `${JSON.stringify(message)} is read again as ${reread}`;
}

/** Every format must print every number. */
function numbers(random: Random): string | undefined {
  const value = random.bytes(8).readDoubleLE();
  if (!Number.isNaN(value) && !Object.is(Number(wireNumber(value).replace('inf', 'Infinity')), value))
    return `${value} travels as ${wireNumber(value)}`;
  const format = mutated(random, [
    Buffer.from('%010.6m'),
    Buffer.from('%8.3f'),
    Buffer.from('%+-#20g %%'),
  ]).toString();
  const shown = formatNumber(format, value);
  return shown.length < format.length + 800
    ? undefined
    : `"${format}" shows ${value} as ${shown.length} characters`;
}
