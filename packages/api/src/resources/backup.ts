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
    'A tar archive with the database and the journal as they are at one moment, a manifest first and SHA-256 checksums last. An archive without its checksums is not complete.',
  query: z.object({
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
