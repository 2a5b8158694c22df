/**
 * Damaged JSON, one message after another on one device. The scanner of bytes must say the same as `JSON.parse`, except for deep
 * nesting, which it leaves to that. Messages of which it says that they have the same keys must have the same properties.
 */
import { JsonKeySets } from '@fairlead/core';
import { mutated } from './mutate.ts';
import { Random } from './random.ts';
import type { Report, Target } from './target.ts';

const SEEDS = [
  '{"temperature":36.5,"humidity":52,"n":7}',
  ' {"a" : [ -1.5e+3 , {"b\\n":true} , "x\\u00e9\\"", null ] ,\t"c" : {} , "d" : 0E-1, "false":false }\r\n',
  '{"method":"warning","params":{"battery":0,"list":[[],[[1,2],{}],""]}}',
  '{"":0,"__proto__":1,"a":1,"a":2,"\\u0061":3,"7":"caf\u00e9 \u{1f600}"}',
  `${'{"k":['.repeat(12)}1${']}'.repeat(12)}`,
  `${'{"k":'.repeat(40)}1${'}'.repeat(40)}`,
  '{}',
].map((text) => Buffer.from(text));

/** Messages of one device. */
const MESSAGES = 40;
/** Levels up to which the scanner decides by itself. */
const LEVELS = 31;

export const json: Target = async (seed, until) => {
  const random = new Random(seed);
  let [messages, objects] = [0, 0];
  const report = (what?: string, sent: readonly Buffer[] = []): Report => ({
    summary: `${messages.toLocaleString('en')} messages, ${objects.toLocaleString('en')} of them objects`,
    finding:
      what === undefined ? undefined : { what, reproduction: sent.map((bytes) => bytes.toString('hex')) },
  });
  while (!until()) {
    await new Promise(setImmediate);
    const sets = new JsonKeySets();
    const sent: Buffer[] = [];
    const properties = new Map<unknown, string>();
    for (let i = 0; i < MESSAGES; i++) {
      const bytes = random.chance(0.3) ? random.pick(SEEDS) : mutated(random, [random.pick(SEEDS)]);
      sent.push(bytes);
      messages++;
      // As the gateway does it: bytes above 127 occur in strings only.
      const value = parsed(bytes.toString('latin1'));
      const found = sets.isObject(bytes);
      if (found && value === undefined) return report('JSON.parse finds no object', sent);
      if (value === undefined) continue;
      objects++;
      if (!found) {
        if (levelsOf(value) <= LEVELS) return report('JSON.parse finds an object', sent);
        continue;
      }
      if (sets.keys === undefined) continue;
      const names = JSON.stringify(Object.keys(value));
      if ((properties.get(sets.keys) ?? names) !== names) return report('the keys are others', sent);
      properties.set(sets.keys, names);
    }
  }
  return report();
};

function parsed(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function levelsOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(levelsOf));
}
