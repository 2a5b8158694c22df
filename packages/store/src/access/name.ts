import { storeErrors } from '../catalogue.ts';

const NAME = /^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/;

/** The name of a user or of an API token; an address of e-mail may be one. Throws ACCESS_NAME_INVALID. */
export function checkAccessName(name: unknown): string {
  if (typeof name === 'string' && NAME.test(name)) return name;
  throw storeErrors.error('ACCESS_NAME_INVALID', { name: String(name).slice(0, 100) });
}
