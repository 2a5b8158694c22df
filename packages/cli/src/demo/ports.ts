import { formatAddress, isFairleadError } from '@fairlead/core';
import { raw, serve } from '@fairlead/tcp';

/** The default ports of Fairlead. */
const USUAL = { http: 7650, mqtt: 7655, official: 7653, custom: 7654 } as const;

export type DemoAddresses = Readonly<Record<keyof typeof USUAL, string>>;

/** The addresses of the demo: the requested address, otherwise the default port, or a free port if that is in use. */
export async function freeAddresses(asked: Partial<DemoAddresses>): Promise<DemoAddresses> {
  const addresses: Record<string, string> = {};
  for (const [name, port] of Object.entries(USUAL)) {
    const usual = formatAddress('127.0.0.1', port);
    addresses[name] = asked[name as keyof DemoAddresses] ?? ((await isFree(usual)) ? usual : '127.0.0.1:0');
  }
  return addresses as DemoAddresses;
}

async function isFree(place: string): Promise<boolean> {
  try {
    await using _probe = await serve(place, { codec: raw() });
    return true;
  } catch (error) {
    if (isFairleadError(error)) return false;
    throw error;
  }
}
