/** The audit log: who changed what. */
import { z } from 'zod';
import { named, pageSize, time } from '../fields.ts';
import { API_BASE, operation } from '../operation.ts';

export const auditEntrySchema = named(
  'AuditEntry',
  z.object({
    id: z.int(),
    time,
    kind: z
      .enum(['administrator', 'token', 'user', 'stranger'])
      .describe(
        "administrator: the administrator's token, or a sign-in link of it. stranger: a failed attempt to sign in.",
      ),
    who: z.string().describe('Name of the user or of the token; empty for a stranger.'),
    via: z
      .enum(['page', 'command line', 'program'])
      .describe(
        'page: with the cookie of a session. command line: as it says itself. program: anything else.',
      ),
    remote: z.string().describe('The address that the request came from.'),
    action: z.string().describe('The operationId.'),
    target: z.string().describe('What it was done to; empty where that has no name.'),
    status: z.int().describe('HTTP status of the answer.'),
    code: z.string().optional().describe('Code of a refusal.'),
    changes: z
      .record(z.string(), z.object({ before: z.unknown().optional(), after: z.unknown().optional() }))
      .optional()
      .describe('Fields that differ. Secrets are masked, and long values are described.'),
  }),
);
export type AuditEntryView = z.output<typeof auditEntrySchema>;

export const audit = {
  list: operation({
    id: 'listAudit',
    method: 'GET',
    path: `${API_BASE}/audit`,
    tag: 'access',
    scope: 'admin',
    summary: 'List who changed what, the newest first',
    query: z.strictObject({
      limit: pageSize,
      before: z.coerce
        .number()
        .int()
        .positive()
        .optional()
        .describe('Only entries with an id below this one.'),
      who: z.string().optional(),
      action: z.string().optional().describe('The operationId.'),
      target: z.string().optional(),
      since: z.iso.datetime({ offset: true }).optional().describe('Only entries since this time, RFC 3339.'),
    }),
    response: { 200: z.array(auditEntrySchema) },
    problems: [400],
  }),
};
