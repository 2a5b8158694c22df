import { z } from 'zod';
import { checksumNames } from '../checksum.ts';
import type { RuleKind } from './kind.ts';
import { checksumSchema } from './parts/check.ts';
import { commonKeys } from './parts/keys.ts';
import { matchSchema } from './parts/match.ts';
import { ruleKinds } from './rule-kinds.ts';
import { framingSpecSchema, specSchemaOf } from './schema.ts';

interface Described {
  readonly description?: string | undefined;
}

/** The reference of framing specs in Markdown, which docs/framing.md shows. It is generated from the schemas. */
export function framingReference(kinds: readonly RuleKind[] = ruleKinds): string {
  const names = kinds.map(({ schema }) => schema.shape.kind.value);
  const parts = [
    '### Keys of a framing',
    table(Object.entries(framingSpecSchema.shape)),
    '### Keys of every rule',
    table([...Object.entries(commonKeys), ['kind', { description: `One of ${names.join(', ')}.` }]]),
    '### `match`',
    table(Object.entries(matchSchema.shape)),
  ];
  for (const { schema } of kinds) {
    const { kind, ...keys } = schema.shape;
    const own = Object.entries(keys).filter(([key]) => !Object.hasOwn(commonKeys, key));
    parts.push(`### \`"kind": "${kind.value}"\``, kind.description ?? '', table(own));
  }
  parts.push('### `checksum`', table(Object.entries(checksumSchema.shape)));
  parts.push(`Names: ${checksumNames.map((name) => `\`${name}\``).join(', ')}.`);
  return parts.join('\n\n');
}

/** The JSON Schema of framing specs as people write them, which docs/framing.schema.json holds. */
export function framingJsonSchema(kinds: readonly RuleKind[] = ruleKinds): object {
  const schema = z.toJSONSchema(specSchemaOf(kinds), { io: 'input' });
  return { title: 'A framing of Fairlead', description: 'See docs/framing.md.', ...schema };
}

function table(keys: readonly (readonly [string, Described])[]): string {
  const rows = keys.map(([key, { description }]) => `| \`${key}\` | ${description ?? ''} |`);
  return ['| key | meaning |', '|---|---|', ...rows].join('\n');
}
