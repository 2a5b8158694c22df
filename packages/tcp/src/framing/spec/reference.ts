import { z } from 'zod';
import { checksumNames } from '../checksum.ts';
import { framingSpecSchema, ruleSchemas } from './schema.ts';
import { checksumSchema, matchSchema } from './schema-parts.ts';

interface Described {
  readonly description?: string | undefined;
}

/** The reference of framing specs in Markdown, from the schemas: what docs/framing.md shows. */
export function framingReference(): string {
  const common = new Set(Object.keys(ruleSchemas.raw.shape).filter((key) => key !== 'kind' && key !== 'max'));
  const shared = Object.entries(ruleSchemas.raw.shape).filter(([key]) => common.has(key));
  const parts = [
    '### Keys of a framing',
    table(Object.entries(framingSpecSchema.shape)),
    '### Keys of every rule',
    table([...shared, ['kind', { description: `One of ${Object.keys(ruleSchemas).join(', ')}.` }]]),
    '### `match`',
    table(Object.entries(matchSchema.shape)),
  ];
  for (const [kind, schema] of Object.entries(ruleSchemas)) {
    const shape: Readonly<Record<string, Described>> = schema.shape;
    const own = Object.entries(shape).filter(([key]) => !common.has(key) && key !== 'kind');
    parts.push(`### \`"kind": "${kind}"\``, shape.kind?.description ?? '', table(own));
  }
  parts.push('### `checksum`', table(Object.entries(checksumSchema.shape)));
  parts.push(`Names: ${checksumNames.map((name) => `\`${name}\``).join(', ')}.`);
  return parts.join('\n\n');
}

/** The JSON Schema of framing specs as people write them: what docs/framing.schema.json holds. */
export function framingJsonSchema(): object {
  const schema = z.toJSONSchema(framingSpecSchema, { io: 'input' });
  return { title: 'A framing of Fairlead', description: 'See docs/framing.md.', ...schema };
}

function table(keys: readonly (readonly [string, Described])[]): string {
  const rows = keys.map(([key, { description }]) => `| \`${key}\` | ${description ?? ''} |`);
  return ['| key | what it says |', '|---|---|', ...rows].join('\n');
}
