/** A copy of all stored data, while the service runs. */
import { z } from 'zod';
import { API_BASE, operation } from '../operation.ts';

export const BACKUP_TYPE = 'application/x-tar';

export const openBackup = operation({
  id: 'getBackup',
  method: 'GET',
  path: `${API_BASE}/backup`,
  tag: 'service',
  scope: 'admin',
  summary: 'Copy all stored data',
  description:
    'A tar archive with the database and the journal as they are at one moment, the history of values and the captures, a manifest first and SHA-256 checksums last. An archive without its checksums is not complete.',
  query: z.strictObject({
    without: z
      .string()
      .refine(
        (text) => text.split(',').every((part) => part === 'history' || part === 'captures'),
        'expected history, captures, or both with a comma between them',
      )
      .optional()
      .describe('What is left out: history, captures, or history,captures.'),
    keys: z
      .enum(['true', 'false'])
      .default('false')
      .describe(
        "Include the keys that encrypt secrets, and the administrator's token. Who has such a backup can read and do everything.",
      ),
  }),
  stream: { type: BACKUP_TYPE, item: z.string(), description: 'The archive.' },
  problems: [409, 503],
});
