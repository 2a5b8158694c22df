import { Readable } from 'node:stream';
import { BACKUP_TYPE, operations } from '@fairlead/api';
import { OPTIONAL_PARTS } from '../../backup/write.ts';
import { serverErrors } from '../../catalogue.ts';
import { serverLimits } from '../../limits.ts';
import type { Api, ApiContext } from '../context.ts';
import { progressing } from '../progressing.ts';
import { routeOf } from '../route.ts';

export function backupRoutes(api: Api, { backups, clock, log }: ApiContext): void {
  api.route({
    ...routeOf(operations.backup.open),
    exposeHeadRoute: false,
    handler: async ({ query }, reply) => {
      const backup = await backups.open({
        keys: query.keys === 'true',
        without: OPTIONAL_PARTS.filter((part) => query.without?.split(',').includes(part)),
      });
      const stream: Readable = Readable.from(
        progressing(backup.bytes, {
          clock,
          idle: serverLimits.values.backupIdle,
          stream: () => stream,
          late: () => serverErrors.error('BACKUP_FAILED', { reason: 'its client takes nothing of it' }),
        }),
        { objectMode: false },
      );
      stream.once('close', () => void backup[Symbol.asyncDispose]());
      // The client sees an archive without its end.
      stream.on('error', ({ message }) => log.error({ code: 'BACKUP_FAILED' }, `A backup ended: ${message}`));
      return reply
        .type(BACKUP_TYPE)
        .header('content-disposition', 'attachment; filename="fairlead-backup.tar"')
        .send(stream);
    },
  });
}
