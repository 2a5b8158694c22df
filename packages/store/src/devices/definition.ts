import { storeErrors } from '../catalogue.ts';
import {
  checkBuffer,
  checkCertificates,
  checkDownlinks,
  checkEndpoint,
  checkFields,
  checkIdentity,
  checkLabel,
  checkOneOf,
  checkParameters,
  checkRate,
  checkSecret,
  checkText,
  type Fail,
  isDeviceName,
} from '../check.ts';
import { storeLimits } from '../limits.ts';
import { CONTENT_FIELDS, checkContent } from '../profiles/content.ts';
import type {
  DeviceType,
  DownlinkTerms,
  ProfileContent,
  Protocol,
  RateTerms,
  UnknownSubDevices,
} from '../types.ts';
import { checkImportedToken } from './token.ts';

/**
 * A device as a person defines it. With `parent` and `address` it is a sub-device: it takes its gateway's protocol and
 * has no token. What it is read and answered with is either a named profile or the inline fields of one.
 */
export interface DeviceDefinition extends ProfileContent {
  /** 1 to 64 of `A-Z a-z 0-9 _ : -`, the first a letter or a digit. It never changes. */
  readonly name: string;
  readonly label?: string | undefined;
  /** Default: `profile` with an identity or an endpoint, `custom` with another named profile, else the first that the store knows. */
  readonly protocol?: Protocol | undefined;
  /** Default `standard`; `sub` follows from `parent`. */
  readonly type?: DeviceType | undefined;
  /** Name of the gateway device. */
  readonly parent?: string | undefined;
  /** Address behind the gateway, 1 to 256 characters. */
  readonly address?: string | undefined;
  /** An imported token: 1 to 512 printable ASCII characters. Absent: a token is generated. */
  readonly token?: string | undefined;
  /** Name of a profile. */
  readonly profile?: string | undefined;
  /** The identity that the device sends, 1 to 128 printable characters without white space; instead of a token, with a named profile. */
  readonly identity?: string | undefined;
  /** Where Fairlead connects to the device, instead of a token: `tcp://10.0.0.7:502`, `tls://…`. */
  readonly endpoint?: string | undefined;
  /** The secret of the device, 1 to 1,024 characters. */
  readonly secret?: string | undefined;
  /** Values of the parameters of its profile. */
  readonly parameters?: Readonly<Record<string, unknown>> | undefined;
  /** For a gateway device: how unregistered sub-devices are handled. Default `refuse`. */
  readonly unknownSubDevices?: UnknownSubDevices | undefined;
  /** How messages reach it, over what its profile says. Milliseconds. */
  readonly downlinks?: DownlinkTerms | undefined;
  /** How much it may send, in place of what its profile and its listener say. `per` in milliseconds. */
  readonly rate?: RateTerms | undefined;
  /**
   * What its certificates say, for a listener that knows devices by them: `cn:NAME`, `dns:NAME`, `uri:URI`, `subject:DN`,
   * `fingerprint:SHA-256`. Its own name in a certificate is then not enough.
   */
  readonly certificates?: readonly string[] | undefined;
  /** Bytes, default 1,024: largest piece read from or written to the device at once. */
  readonly inboundBuffer?: number | undefined;
  readonly outboundBuffer?: number | undefined;
}

/**
 * What may change of a device; null takes a field back to its default. `parameters` and `downlinks` change those that
 * they name; one that is null is taken back to the profile's default.
 */
export type DevicePatch = {
  readonly [K in Exclude<(typeof PATCH_FIELDS)[number], 'downlinks'>]?: DeviceDefinition[K] | null;
} & {
  readonly downlinks?: { readonly [K in keyof DownlinkTerms]?: DownlinkTerms[K] | null } | null | undefined;
};

const PATCH_FIELDS = [
  'label',
  'profile',
  'identity',
  'endpoint',
  'secret',
  'parameters',
  'unknownSubDevices',
  'downlinks',
  'rate',
  'certificates',
  ...CONTENT_FIELDS,
  'inboundBuffer',
  'outboundBuffer',
] as const;
const DEFINITION_FIELDS = [
  'name',
  'protocol',
  'type',
  'parent',
  'address',
  'token',
  ...PATCH_FIELDS,
] as const;
const UNKNOWN_SUB_DEVICES: readonly UnknownSubDevices[] = ['refuse', 'inbox', 'create'];
const TYPES: readonly DeviceType[] = ['standard', 'gateway', 'sub'];

const invalid: Fail = (field, reason) => storeErrors.error('DEVICE_INVALID', { field, reason });

export interface CheckedDefinition {
  readonly name: string;
  readonly label: string | undefined;
  readonly protocol: Protocol | undefined;
  readonly type: DeviceType;
  readonly parent: string | undefined;
  readonly address: string | undefined;
  readonly token: string | undefined;
  readonly profile: string | ProfileContent;
  readonly identity: string | undefined;
  readonly endpoint: string | undefined;
  readonly secret: string | undefined;
  readonly parameters: Readonly<Record<string, unknown>> | undefined;
  readonly unknownSubDevices: UnknownSubDevices | undefined;
  readonly downlinks: DownlinkTerms | undefined;
  readonly rate: RateTerms | undefined;
  readonly certificates: readonly string[] | undefined;
  readonly inboundBuffer: number;
  readonly outboundBuffer: number;
}

/** What a device has of its own, and keeps in columns of its own. */
export type OwnFields = Pick<
  CheckedDefinition,
  | 'identity'
  | 'endpoint'
  | 'secret'
  | 'parameters'
  | 'unknownSubDevices'
  | 'downlinks'
  | 'rate'
  | 'certificates'
  | 'inboundBuffer'
  | 'outboundBuffer'
>;

/**
 * Checks what can be told without looking at other devices. Unknown fields are refused. Throws DEVICE_NAME_INVALID,
 * DEVICE_INVALID or TOKEN_NOT_ALLOWED.
 *
 * @param protocols that devices may speak
 */
export function checkDefinition(definition: unknown, protocols: readonly Protocol[]): CheckedDefinition {
  const fields = checkFields(definition, DEFINITION_FIELDS, invalid);
  const { name } = fields;
  if (!isDeviceName(name)) throw storeErrors.error('DEVICE_NAME_INVALID', { name: shown(name) });
  const type = checkOneOf(fields, 'type', TYPES, invalid);
  const parent = checkText(fields, 'parent', 64, invalid);
  const address = checkText(fields, 'address', storeLimits.values.address, invalid);
  const token = fields.token ?? undefined;
  if (parent === undefined) {
    if (address !== undefined) throw invalid('address', 'only a sub-device has one; name its "parent" too');
    if (type === 'sub') throw invalid('type', 'a sub-device needs "parent" and "address"');
  } else {
    if (!address)
      throw invalid('address', `it tells the sub-device behind "${parent}" and must not be empty`);
    if (type === 'gateway' || type === 'standard')
      throw invalid('type', `a device with a "parent" is a sub-device, not ${type}`);
    if (token !== undefined) throw invalid('token', 'a sub-device has none');
    for (const field of ['identity', 'endpoint', 'secret'] as const)
      if ((fields[field] ?? undefined) !== undefined)
        throw invalid(field, `the sub-device is known by its address behind "${parent}"`);
    for (const field of ['rate', 'certificates'] as const)
      if ((fields[field] ?? undefined) !== undefined)
        throw invalid(field, `a sub-device has no link of its own; set it on "${parent}"`);
  }
  const own = checkOwn(fields);
  if (own.unknownSubDevices !== undefined && type !== 'gateway')
    throw invalid('unknownSubDevices', 'only a device of the type "gateway" has sub-devices');
  if (token !== undefined && own.identity !== undefined)
    throw invalid('token', 'the device is known by its identity');
  if (token !== undefined && own.endpoint !== undefined)
    throw invalid('token', 'Fairlead connects to the device, which sends none');
  return {
    name,
    label: checkLabel(fields, invalid),
    protocol: checkOneOf(fields, 'protocol', protocols, invalid),
    type: parent === undefined ? (type ?? 'standard') : 'sub',
    parent,
    address,
    token: token === undefined ? undefined : checkImportedToken(token),
    ...own,
  };
}

/** What certificates say, in the form in which a device has it. Throws DEVICE_INVALID. */
export function certificatesOf(given: readonly string[]): readonly string[] {
  return checkCertificates({ certificates: given }, invalid) ?? [];
}

/** The common part of a definition and a patch. */
function checkOwn(fields: Readonly<Record<string, unknown>>) {
  const profile = checkProfile(fields);
  const own = {
    identity: checkIdentity(fields, invalid),
    endpoint: checkEndpoint(fields, invalid),
    secret: checkSecret(fields, invalid),
    parameters: checkParameters(fields, invalid),
  };
  if (typeof profile !== 'string')
    for (const [field, value] of Object.entries(own))
      if (value !== undefined) throw invalid(field, 'only a device with a named profile has one');
  return {
    profile,
    ...own,
    unknownSubDevices: checkOneOf(fields, 'unknownSubDevices', UNKNOWN_SUB_DEVICES, invalid),
    downlinks: checkDownlinks(fields, invalid),
    rate: checkRate(fields, invalid),
    certificates: checkCertificates(fields, invalid),
    inboundBuffer: checkBuffer(fields, 'inboundBuffer', invalid) ?? storeLimits.values.deviceBuffer,
    outboundBuffer: checkBuffer(fields, 'outboundBuffer', invalid) ?? storeLimits.values.deviceBuffer,
  };
}

function checkProfile(fields: Readonly<Record<string, unknown>>): string | ProfileContent {
  const named = checkText(fields, 'profile', 64, invalid);
  const content = checkContent(fields, invalid);
  if (named === undefined) return content;
  const inline = CONTENT_FIELDS.find((field) => content[field] !== undefined);
  if (inline === undefined) return named;
  throw invalid(inline, `the device has the profile "${named}", which says it`);
}

/** The fields of a device before a patch. */
interface Patchable {
  readonly label?: string | undefined;
  readonly identity?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly secret?: string | undefined;
  readonly parameters?: Readonly<Record<string, unknown>> | undefined;
  readonly unknownSubDevices?: UnknownSubDevices | undefined;
  readonly downlinks?: DownlinkTerms | undefined;
  readonly rate?: RateTerms | undefined;
  readonly certificates?: readonly string[] | undefined;
  readonly parent?: string | undefined;
  readonly inboundBuffer: number;
  readonly outboundBuffer: number;
  readonly profile: ProfileContent & { readonly name?: string | undefined };
}

type CheckedPatch = Omit<CheckedDefinition, 'name' | 'protocol' | 'type' | 'parent' | 'address' | 'token'>;

/**
 * The device's changeable part after the patch. What a device is known by may take another value, but a device with a
 * token stays one, and so on. Throws DEVICE_INVALID.
 */
export function applyPatch(device: Patchable, patch: unknown): CheckedPatch {
  const given = checkFields(patch, PATCH_FIELDS, invalid);
  const own: Record<string, unknown> = device.profile.name ? { profile: device.profile.name } : {};
  // The fields of a named profile are not the device's own: they stay with the profile.
  if (!device.profile.name) for (const field of CONTENT_FIELDS) own[field] = device.profile[field];
  // A device that gets a named profile loses its inline fields.
  if (typeof given.profile === 'string') for (const field of CONTENT_FIELDS) delete own[field];
  const present = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const fields: Record<string, unknown> = {
    identity: device.identity,
    endpoint: device.endpoint,
    secret: device.secret,
    unknownSubDevices: device.unknownSubDevices,
    rate: device.rate,
    certificates: device.certificates,
    inboundBuffer: device.inboundBuffer,
    outboundBuffer: device.outboundBuffer,
    ...own,
    ...present,
    parameters: merged(device.parameters, present.parameters),
    downlinks: merged(device.downlinks, present.downlinks),
  };
  for (const field of ['identity', 'endpoint'] as const)
    if (((fields[field] ?? undefined) === undefined) !== (device[field] === undefined))
      throw invalid(field, 'what a device is known by cannot change; remove the device and add it again');
  for (const field of ['rate', 'certificates'] as const)
    if (device.parent !== undefined && (fields[field] ?? undefined) !== undefined)
      throw invalid(field, `a sub-device has no link of its own; set it on "${device.parent}"`);
  return {
    // One that an older version has taken is no reason to refuse other changes.
    label: present.label === undefined ? device.label : checkLabel(present, invalid),
    ...checkOwn(fields),
  };
}

/** @param given the field of a patch; a value that is not an object is left to the check */
function merged(own: object | undefined, given: unknown): unknown {
  if (given === undefined) return own;
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return given;
  return Object.fromEntries(Object.entries({ ...own, ...given }).filter(([, value]) => value !== null));
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
