import { createHash } from 'node:crypto';

const LONGEST = 64;

/**
 * The name of a platform device in Fairlead: its id, in which every character that a name may not have is `-`. If another device
 * has that name, 8 digits of the hash of the id follow.
 */
export function nameOf(id: string, isTaken: (name: string) => boolean): string {
  const clean = id.replace(/[^A-Za-z0-9_:-]/g, '-');
  const name = (/^[A-Za-z0-9]/.test(clean) ? clean : `device-${clean}`).slice(0, LONGEST);
  if (!isTaken(name)) return name;
  const digits = createHash('sha256').update(id).digest('hex').slice(0, 8);
  return `${name.slice(0, LONGEST - 9)}-${digits}`;
}

/** How the device is called for people; also tells that it is of the platform, where the file of devices was lost. */
export const labelOf = (id: string): string => `ThingsPanel ${id}`.slice(0, 128);
