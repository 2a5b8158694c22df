/** The list of notices. */
import type { TopicRecords } from '@fairlead/api';

type Notice = TopicRecords['notices'];

const KEPT = 200;

/** The service may tell a notice again after it was away: each is in the list once. */
export function joinedNotices(
  before: readonly Notice[],
  told: readonly Notice[],
): { readonly all: readonly Notice[]; readonly fresh: readonly Notice[] } {
  const idOf = ({ time, message }: Notice): string => `${time} ${message}`;
  const known = new Set(before.map(idOf));
  const fresh = told.filter((notice) => !known.has(idOf(notice)));
  return { all: [...before, ...fresh].slice(-KEPT), fresh };
}
