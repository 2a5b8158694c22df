import { cliErrors } from '../catalogue.ts';

interface Downlink {
  readonly kind: 'attributes' | 'command';
  readonly values: unknown;
}

/**
 * What a person sends to a device: `{kind, values}` as it is; an object with a method is a command; all else are
 * attributes. Throws INPUT_NOT_JSON.
 */
export function downlinkOf(value: unknown): Downlink {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw cliErrors.error('INPUT_NOT_JSON', { reason: 'expected an object' });
  const { kind, values, method, ...rest } = value as Record<string, unknown>;
  const isWhole = (kind === 'attributes' || kind === 'command') && Object.keys(rest).length === 0;
  if (isWhole && values !== undefined && method === undefined) return { kind, values };
  return { kind: typeof method === 'string' ? 'command' : 'attributes', values: value };
}
