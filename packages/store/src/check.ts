/** Checks of single fields. `fail` creates the error of the owning object. */
import {
  type FairleadError,
  formatDialAddress,
  isFairleadError,
  nearest,
  nestsDeeper,
  parseDialAddress,
} from '@fairlead/core';
import { storeLimits } from './limits.ts';
import type { DownlinkTerms, RateTerms } from './types.ts';

export type Fail = (field: string, reason: string) => FairleadError;
export type Fields = Readonly<Record<string, unknown>>;

const NAME = /^[A-Za-z0-9][A-Za-z0-9_:-]{0,63}$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: the expression searches for them
const CONTROL = /[\u0000-\u001f\u007f]/;

/** Checks that the value is an object with known fields only. */
export function checkFields(value: unknown, known: readonly string[], fail: Fail): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw fail('definition', 'an object is expected');
  for (const field of Object.keys(value)) {
    if (known.includes(field)) continue;
    const near = nearest(field, known);
    throw fail(field, near === undefined ? `known are ${known.join(', ')}` : `did you mean "${near}"?`);
  }
  return value as Fields;
}

/** Text without control characters; `undefined` when absent. */
export function checkText(fields: Fields, field: string, max: number, fail: Fail): string | undefined {
  const text = checkSource(fields, field, max, fail);
  if (text !== undefined && CONTROL.test(text)) throw fail(field, 'it holds a control character');
  return text;
}

/** C0, DEL, C1, line separators, and characters that change the direction of writing: a label must display as it is. */
const UNSEEN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the expression searches for them
  /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;

/** A label; `undefined` when absent or empty. */
export function checkLabel(fields: Fields, fail: Fail): string | undefined {
  const text = checkSource(fields, 'label', storeLimits.values.label, fail) || undefined;
  const found = text === undefined ? undefined : UNSEEN.exec(text)?.[0];
  if (found === undefined) return text;
  const code = found.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
  throw fail('label', `it holds U+${code}, a control character or one that changes the direction of writing`);
}

/** Any text; `undefined` when absent. */
export function checkSource(fields: Fields, field: string, max: number, fail: Fail): string | undefined {
  const value = fields[field] ?? undefined;
  if (value === undefined) return undefined;
  if (typeof value !== 'string') throw fail(field, 'a string is expected');
  if (value.length > max) throw fail(field, `it has ${value.length} characters, the limit is ${max}`);
  return value;
}

export function checkOneOf<T extends string>(
  fields: Fields,
  field: string,
  allowed: readonly T[],
  fail: Fail,
): T | undefined {
  const value = fields[field] ?? undefined;
  if (value === undefined || allowed.includes(value as T)) return value as T | undefined;
  throw fail(field, `allowed are ${allowed.join(', ')}`);
}

/** A whole number of bytes, at least 1; `undefined` when absent. */
export function checkBuffer(fields: Fields, field: string, fail: Fail): number | undefined {
  const value = fields[field] ?? undefined;
  if (value === undefined) return undefined;
  const max = storeLimits.values.deviceBufferMax;
  if (Number.isInteger(value) && (value as number) >= 1 && (value as number) <= max) return value as number;
  throw fail(field, `a whole number of bytes from 1 to ${max} is expected`);
}

const IDENTITY = /^[\x21-\x7e]+$/;

/** The identity of a device; `undefined` if absent. */
export function checkIdentity(fields: Fields, fail: Fail): string | undefined {
  const text = checkSource(fields, 'identity', storeLimits.values.identity, fail);
  if (text !== undefined && !IDENTITY.test(text))
    throw fail('identity', 'printable ASCII characters without white space are expected, at least one');
  return text;
}

export function checkSecret(fields: Fields, fail: Fail): string | undefined {
  const text = checkSource(fields, 'secret', storeLimits.values.secret, fail);
  if (text === '') throw fail('secret', 'it is empty');
  return text;
}

/** An address that Fairlead connects to, in its usual form; `undefined` when absent. */
export function checkEndpoint(fields: Fields, fail: Fail): string | undefined {
  const text = checkText(fields, 'endpoint', 4_096, fail);
  if (text === undefined) return undefined;
  try {
    return formatDialAddress(parseDialAddress(text));
  } catch (error) {
    if (!isFairleadError(error, 'ENDPOINT_INVALID')) throw error;
    const why = error.details.reason as string;
    throw fail('endpoint', why.startsWith('expected') ? 'expected tcp://HOST:PORT or tls://HOST:PORT' : why);
  }
}

/** JSON values by the names of parameters; `undefined` if absent or empty. */
export function checkParameters(fields: Fields, fail: Fail): Readonly<Record<string, unknown>> | undefined {
  const value = fields.parameters ?? undefined;
  if (value === undefined) return undefined;
  if (typeof value !== 'object' || Array.isArray(value)) throw fail('parameters', 'an object is expected');
  const { parameters, parameterDepth } = storeLimits.values;
  const text = jsonText(value);
  if (text === undefined) throw fail('parameters', 'values that JSON can hold are expected');
  if (text.length > parameters)
    throw fail('parameters', `their JSON text has ${text.length} characters, the limit is ${parameters}`);
  if (nestsDeeper(text, parameterDepth))
    throw fail('parameters', `they are nested deeper than ${parameterDepth} levels`);
  return text === '{}' ? undefined : (JSON.parse(text) as Readonly<Record<string, unknown>>);
}

/** Milliseconds: `keep`, `window` and `gap`. */
export function checkDownlinks(fields: Fields, fail: Fail): DownlinkTerms | undefined {
  const value = fields.downlinks ?? undefined;
  if (value === undefined) return undefined;
  if (typeof value !== 'object' || Array.isArray(value)) throw fail('downlinks', 'an object is expected');
  const { downlinkTerm } = storeLimits.values;
  for (const [key, time] of Object.entries(value)) {
    if (key !== 'keep' && key !== 'window' && key !== 'gap')
      throw fail(`downlinks.${key}`, 'known are keep, window and gap');
    if (!Number.isSafeInteger(time) || time < 1 || time > downlinkTerm)
      throw fail(`downlinks.${key}`, `1 to ${downlinkTerm} ms are expected`);
  }
  return Object.keys(value).length === 0 ? undefined : (value as DownlinkTerms);
}

const RATE_FIELDS = ['messages', 'bytes', 'per', 'exceeded'];
const MOST_RATE = 1_000_000_000;

/** How much a device may send; `undefined` when absent. */
export function checkRate(fields: Fields, fail: Fail): RateTerms | undefined {
  const value = fields.rate ?? undefined;
  if (value === undefined) return undefined;
  if (typeof value !== 'object' || Array.isArray(value)) throw fail('rate', 'an object is expected');
  const known = checkFields(value, RATE_FIELDS, (field, reason) => fail(`rate.${field}`, reason));
  const { messages, bytes, per } = known;
  for (const field of ['messages', 'bytes'] as const) {
    const most = known[field] ?? undefined;
    if (
      most !== undefined &&
      !(Number.isInteger(most) && (most as number) >= 1 && (most as number) <= MOST_RATE)
    )
      throw fail(`rate.${field}`, `a whole number from 1 to ${MOST_RATE} is expected`);
  }
  if ((messages ?? bytes ?? undefined) === undefined)
    throw fail('rate', '"messages", "bytes" or both are expected');
  const { rateMin, rateMax } = storeLimits.values;
  if (typeof per !== 'number' || !(per >= rateMin && per <= rateMax))
    throw fail('rate.per', `a time from ${rateMin} to ${rateMax} ms is expected`);
  const exceeded = checkOneOf(known, 'exceeded', ['wait', 'refuse'], () =>
    fail('rate.exceeded', 'allowed are wait, refuse'),
  );
  return {
    ...(messages === undefined ? {} : { messages: messages as number }),
    ...(bytes === undefined ? {} : { bytes: bytes as number }),
    per,
    ...(exceeded === undefined ? {} : { exceeded }),
  };
}

const CERTIFICATE = /^(cn|dns|uri|subject|fingerprint):(.+)$/s;

/** What certificates of a device say, in order, each once; `undefined` if absent or empty. */
export function checkCertificates(fields: Fields, fail: Fail): readonly string[] | undefined {
  const value = fields.certificates ?? undefined;
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) throw fail('certificates', 'a list is expected');
  const { certificates: most } = storeLimits.values;
  if (value.length > most) throw fail('certificates', `it has ${value.length} entries, the limit is ${most}`);
  const read = value.map((_, i) => certificateOf(value, `${i}`, fail));
  return read.length === 0 ? undefined : [...new Set(read)].sort();
}

function certificateOf(list: readonly unknown[], at: string, fail: Fail): string {
  const refuse: Fail = (_, reason) => fail(`certificates.${at}`, reason);
  const text = checkText(list as unknown as Fields, at, storeLimits.values.certificate, refuse);
  const [, kind, name = ''] = CERTIFICATE.exec(text ?? '') ?? [];
  if (kind === undefined)
    throw refuse(
      at,
      'cn:, dns:, uri:, subject: or fingerprint: and what the certificate says there are expected',
    );
  if (kind === 'dns') return `dns:${name.toLowerCase()}`;
  if (kind !== 'fingerprint') return `${kind}:${name}`;
  const digits = name.replaceAll(':', '').toLowerCase();
  if (!/^[0-9a-f]{64}$/.test(digits))
    throw refuse(
      at,
      'the SHA-256 of the certificate is expected: 64 hexadecimal digits, with or without colons',
    );
  return `fingerprint:${digits}`;
}

function jsonText(value: object): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

/** Whether this may be a device's name. */
export function isDeviceName(name: unknown): name is string {
  return typeof name === 'string' && NAME.test(name);
}
