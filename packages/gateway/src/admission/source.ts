import type { UnknownDevice } from '../ports.ts';

/** Who is behind an unknown device: the address of its link, of IPv6 the network of 64 bits; of a sub-device its gateway. */
export function sourceOf({ remote, parent }: Pick<UnknownDevice, 'remote' | 'parent'>): string {
  if (parent !== undefined) return `gateway ${parent}`;
  const host = remote.replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
  const dotted = /\d+\.\d+\.\d+\.\d+$/.exec(host)?.[0];
  if (dotted !== undefined || !host.includes(':')) return dotted ?? host;
  const [head = ''] = host.split('::');
  const groups = head === '' ? [] : head.split(':');
  return Array.from({ length: 4 }, (_, i) => groups[i] ?? '0').join(':');
}
