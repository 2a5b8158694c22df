import { defineLimits } from '@fairlead/core';

export const apiLimits = defineLimits('api', {
  pageDefault: { value: 100, unit: 'items', meaning: 'Entries of a list when the request names no limit.' },
  page: {
    value: 1_000,
    unit: 'items',
    meaning: 'Most entries of a list in one answer.',
    option: '?limit',
    overAll: '`server.httpConnections` times as many, for requests whose token was accepted',
  },
});
