/**
 * Calls of the platform over HTTP, sans I/O.
 *
 *     GET  /api/form/config             the fields of a device's form
 *     POST /api/device/config/add       a device was added
 *     POST /api/device/config/update    a device was changed
 *     POST /api/device/config/delete    a device was deleted
 *
 * The body of a POST names devices by token or id. Versions of the platform write the keys differently, and put them at
 * different depths. A call is only a hint: what a device is, the platform is asked itself.
 */
import { thingspanelLimits } from '../limits.ts';

const { mentions } = thingspanelLimits.values;
const DEEPEST = 4;
const TOKEN_KEY = /^(access_?)?token$/i;
const ID_KEY = /^(device_?)?id$/i;

type PlatformCall =
  | { readonly kind: 'form' }
  | { readonly kind: 'add' | 'update' | 'delete'; readonly tokens: string[]; readonly ids: string[] }
  | { readonly kind: 'unknown'; readonly status: 400 | 404 | 405; readonly reason: string };

const CHANGES = { add: 'POST', update: 'POST', delete: 'POST' } as const;

export function readCall(method: string, path: string, body: string): PlatformCall {
  if (path === '/api/form/config')
    return method === 'GET' ? { kind: 'form' } : { kind: 'unknown', status: 405, reason: 'use GET' };
  const change = /^\/api\/device\/config\/(\w+)$/.exec(path)?.[1] ?? '';
  if (!Object.hasOwn(CHANGES, change)) return { kind: 'unknown', status: 404, reason: 'no such path' };
  if (method !== 'POST') return { kind: 'unknown', status: 405, reason: 'use POST' };
  const value = parse(body);
  if (typeof value !== 'object' || value === null)
    return { kind: 'unknown', status: 400, reason: 'the body is not a JSON object' };
  const tokens = new Set<string>();
  const ids = new Set<string>();
  collect(value, tokens, ids, 0);
  return { kind: change as keyof typeof CHANGES, tokens: [...tokens], ids: [...ids] };
}

/** The form of the official protocol is empty; devices of the custom protocol have two buffers, in KB. */
export function formConfig(protocol: 'official' | 'custom'): string {
  const field = (dataKey: string, label: string) => ({
    type: 'input',
    dataKey,
    label,
    placeholder: label,
    validate: { type: 'number', required: true, message: `${label}: a number is required` },
  });
  const fields = [
    field('inbound_buffer_size', 'Uplink buffer size (KB)'),
    field('outbound_buffer_size', 'Downlink buffer size (KB)'),
  ];
  return JSON.stringify({ data: { config: protocol === 'custom' ? fields : [] } });
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function collect(value: object, tokens: Set<string>, ids: Set<string>, depth: number): void {
  for (const [key, part] of Object.entries(value)) {
    if (tokens.size + ids.size >= mentions) return;
    if (typeof part === 'object' && part !== null) {
      if (depth < DEEPEST) collect(part, tokens, ids, depth + 1);
    } else if (typeof part === 'string' && part !== '') {
      if (TOKEN_KEY.test(key)) tokens.add(part);
      else if (ID_KEY.test(key)) ids.add(part);
    }
  }
}
