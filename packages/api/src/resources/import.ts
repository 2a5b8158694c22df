/** The import of many devices: NDJSON in both directions. */
import { z } from 'zod';
import { named } from '../fields.ts';
import { API_BASE, operation } from '../operation.ts';

export const NDJSON_TYPE = 'application/x-ndjson';

const importResultSchema = named(
  'ImportResult',
  z.object({
    line: z.int().describe('Counted from 1.'),
    name: z.string().optional(),
    token: z.string().optional(),
    existing: z.boolean().optional().describe('True: the device existed before.'),
    code: z.string().optional().describe('Why this line was refused; the others are not affected.'),
    message: z.string().optional(),
  }),
);
export type ImportResult = z.output<typeof importResultSchema>;

export const importDevices = operation({
  id: 'importDevices',
  method: 'POST',
  path: `${API_BASE}/devices/import`,
  tag: 'devices',
  scope: 'admin',
  summary: 'Add many devices, one definition a line',
  description:
    'The body is NDJSON of any length, and so is the answer: one result for each line, sent when the line is stored. A line that is refused does not affect the others.',
  consumes: NDJSON_TYPE,
  query: z.strictObject({
    existing: z
      .enum(['refuse', 'keep', 'rotate'])
      .default('refuse')
      .describe(
        'What to do with a line whose device exists already, just as the line says: refuse it with DEVICE_EXISTS; accept it, and the device keeps its token; or accept it, and the device gets a new token. A device that differs from its line is always refused.',
      ),
  }),
  stream: { type: NDJSON_TYPE, item: importResultSchema, description: 'One result a line.' },
  problems: [400, 415, 503],
});
