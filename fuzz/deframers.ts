/**
 * Sends random, damaged and hostile bytes through every codec and deframer. The result must always be frames, or an error of
 * the catalogue that blames the peer. It must be the same whole and in parts; memory must be bounded; returned frames must
 * not change; the cost must be linear in the bytes.
 */
import { isFairleadError } from '@fairlead/core';
import { flaw, type Input, shrunk } from './check.ts';
import { type Protocol, protocols, randomSubject, type Subject, subjects } from './codecs.ts';
import { excessiveEffort } from './effort.ts';
import { adversarial, mutated } from './mutate.ts';
import { Random } from './random.ts';
import type { Finding, Report, Target } from './target.ts';

const ROUNDS_BETWEEN_EFFORTS = 200;
/** Codecs whose frames may be as long as the streams that measure effort. */
const LONG = 2 ** 18;

export const deframers: Target = async (seed, until) => {
  const [known, published] = await Promise.all([subjects(), protocols()]);
  const random = new Random(seed);
  let inputs = 0;
  let specs = 0;
  const report = (finding?: Finding): Report => ({
    summary: `${inputs.toLocaleString('en')} inputs, ${specs.toLocaleString('en')} random specs`,
    finding,
  });
  for (let round = 0; !until(); round++) {
    // Lets timers run.
    if (round % 64 === 63) await new Promise(setImmediate);
    const subject = random.chance(0.5) ? random.pick(known) : newSubject(random, published);
    if (isFinding(subject)) return report(subject);
    if (subject === undefined) continue;
    if (!known.includes(subject)) specs++;
    for (let n = 0; n < 4; n++) {
      const input = randomInput(random, subject);
      inputs++;
      if (flaw(subject, input) !== undefined) return report(described(subject, input));
    }
    if (round % ROUNDS_BETWEEN_EFFORTS === 0) {
      const long = random.pick(known.filter(({ limit }) => limit >= LONG || limit < 128));
      const stream = adversarial(random, long.seeds, random.int(1, 4_096));
      const excess = excessiveEffort(long, stream);
      if (excess !== undefined)
        return report({
          what: `${long.name}: ${excess}`,
          reproduction: [`bytes, repeated, one at a time: ${stream.toString('hex')}`],
        });
    }
  }
  return report();
};

function randomInput(random: Random, { seeds }: Subject): Input {
  const length = random.chance(0.05) ? 70_000 : random.size(3_000);
  const bytes = random.chance(0.7) ? mutated(random, seeds) : adversarial(random, seeds, length);
  // Cutting a long stream everywhere shows no more than a short one.
  const cuts = bytes.length > 8_192 ? random.cuts(40).map((cut) => cut * 1_700) : random.cuts(bytes.length);
  return {
    bytes,
    cuts: cuts.filter((cut) => cut < bytes.length),
    ending: random.chance(0.3) ? 'silence' : 'close',
  };
}

/** undefined: the spec was refused correctly. */
function newSubject(random: Random, published: readonly Protocol[]): Subject | Finding | undefined {
  const { spec, subject } = randomSubject(random, published);
  try {
    return subject();
  } catch (error) {
    if (isFairleadError(error, 'FRAMING_SPEC_INVALID')) return undefined;
    return { what: `a spec was refused with ${error}`, reproduction: [JSON.stringify(spec)] };
  }
}

function isFinding(value: Subject | Finding | undefined): value is Finding {
  return value !== undefined && 'reproduction' in value;
}

function described(subject: Subject, input: Input): Finding {
  const small = shrunk(input, (candidate) => flaw(subject, candidate) !== undefined);
  return {
    what: `${subject.name}: ${flaw(subject, small)}`,
    reproduction: [
      `bytes: ${small.bytes.toString('hex')}`,
      `cut at: ${small.cuts.join(' ') || 'nowhere'}; then ${small.ending}`,
    ],
  };
}
