/** What is typed into the form of a device, and the change that it means. */
import type { DeviceChanges, DeviceDetail, ProfileDetail } from '@fairlead/api';

export interface Draft {
  readonly label: string;
  readonly profile: string;
  readonly identity: string;
  /** By name; empty: the default of the profile. */
  readonly parameters: Readonly<Record<string, string>>;
}

export function draftOf({ label = '', profile = '', identity = '', parameters = {} }: DeviceDetail): Draft {
  return {
    label,
    profile,
    identity,
    parameters: Object.fromEntries(
      Object.entries(parameters).map(([key, value]) => [
        key,
        typeof value === 'string' ? value : JSON.stringify(value),
      ]),
    ),
  };
}

/** Only what differs, so that a change of somebody else in another field stays. */
export function changesOf(
  device: DeviceDetail,
  draft: Draft,
  declared: NonNullable<ProfileDetail['parameters']>,
): { readonly changes: DeviceChanges; readonly wrong: readonly string[] } {
  const before = draftOf(device);
  const changes: Record<string, unknown> = {};
  for (const key of ['label', 'profile', 'identity'] as const)
    if (draft[key] !== before[key]) changes[key] = draft[key] === '' ? null : draft[key];
  const parameters: Record<string, unknown> = {};
  const wrong: string[] = [];
  for (const [key, text] of Object.entries(draft.parameters)) {
    if (text === (before.parameters[key] ?? '')) continue;
    const read = readValue(text, declared[key]?.type);
    if (read === undefined) wrong.push(key);
    else parameters[key] = read;
  }
  if (Object.keys(parameters).length > 0) changes.parameters = parameters;
  return { changes, wrong };
}

/** undefined: the text is no value of this type. */
function readValue(text: string, type: string | undefined): unknown {
  if (text === '') return null;
  // The service reads text as the type of the parameter.
  if (type === undefined || type === 'string' || type === 'duration') return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return type === 'number' || type === 'integer' || type === 'boolean' ? undefined : text;
  }
}
