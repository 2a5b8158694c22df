import type { AuditEntryView } from '@fairlead/api';
import type { AuditEntry } from '@fairlead/store';
import { iso } from '../context.ts';

export function auditEntryView({ time, changes, ...entry }: AuditEntry): AuditEntryView {
  return {
    ...entry,
    time: iso(time),
    changes: changes === undefined ? undefined : JSON.parse(changes),
  } as AuditEntryView;
}
