import { isIPv4 } from 'node:net';
import type { NetworkInterfaceInfo } from 'node:os';
import { Fifo, Waiters } from '@fairlead/core';
import type { Transport } from '@fairlead/tcp';
import { indiLimits } from '../limits.ts';

/** The interfaces of this machine, as `os.networkInterfaces()` returns them. */
export type Interfaces = () => NodeJS.Dict<NetworkInterfaceInfo[]>;

export interface LanSearchOptions {
  readonly interfaces: Interfaces;
  /** Tries one address. Rejects when it does not answer. */
  readonly dial: (host: string) => Promise<Transport>;
  /** Gets progress messages for people. */
  readonly progress: (text: string) => void;
}

interface Found {
  readonly host: string;
  readonly transport: Transport;
}

/**
 * Tries every address of the IPv4 networks of this machine's own interfaces, many at the same time. In networks larger
 * than the limit, only addresses near this machine's own are tried. No other address is contacted. IPv6 networks are
 * skipped with a message: the smallest usual one has 2^64 addresses.
 */
export class LanSearch {
  readonly #options: LanSearchOptions;

  constructor(options: LanSearchOptions) {
    this.#options = options;
  }

  /** The addresses to try. */
  addresses(): string[] {
    const all = new Set<string>();
    const own = new Set<string>();
    for (const { address, netmask, family } of this.#networks()) {
      if (family !== 'IPv4' || !isIPv4(address)) continue;
      own.add(address);
      for (const host of hostsOf(address, netmask)) all.add(host);
    }
    return [...all].filter((host) => !own.has(host));
  }

  #networks(): NetworkInterfaceInfo[] {
    const infos = Object.values(this.#options.interfaces()).flatMap((of) => of ?? []);
    return infos.filter(({ internal }) => !internal);
  }

  /**
   * Transports that were opened, as they are found. Those that the caller does not keep are closed. Aborting ends the
   * search.
   */
  async *answering(signal: AbortSignal): AsyncGenerator<Found, void, undefined> {
    const hosts = this.addresses();
    const { progress } = this.#options;
    const beyond = this.#networks().some(({ family }) => family === 'IPv6');
    progress(
      hosts.length === 0 ? 'There is no IPv4 network to search.' : `Searching ${hosts.length} addresses.`,
    );
    if (beyond)
      progress(
        'IPv6 networks cannot be searched, they have too many addresses: enter the address or the name of a device that has no other.',
      );
    const found = new Fifo<Found>();
    const changed = new Waiters();
    let next = 0;
    let tried = 0;
    let over = false;
    const worker = async (): Promise<void> => {
      while (next < hosts.length && !signal.aborted && !over) {
        const host = hosts[next++] as string;
        const transport = await this.#options.dial(host).catch(() => undefined);
        tried++;
        if (tried % Math.ceil(hosts.length / 4) === 0)
          progress(`${tried} of ${hosts.length} addresses tried.`);
        if (transport === undefined) continue;
        if (over || signal.aborted) discard(transport);
        else found.push({ host, transport });
        changed.resolve();
      }
    };
    const count = Math.min(indiLimits.values.lanParallel, hosts.length);
    const all = Promise.all(Array.from({ length: count }, worker)).then(() => {
      over = true;
      changed.resolve();
    });
    try {
      for (;;) {
        const first = found.shift();
        if (first !== undefined) yield first;
        else if (over) return;
        else await changed.wait();
        if (signal.aborted) throw signal.reason;
      }
    } finally {
      over = true;
      await all;
      for (const { transport } of found) discard(transport);
    }
  }
}

function discard(transport: Transport): void {
  transport.start({ onData: () => {}, onDrain: () => {}, onEnd: () => {}, onClosed: () => {} });
  transport.end();
  transport.resume();
}

/** Host addresses of the network, without its network and broadcast address. */
function hostsOf(address: string, netmask: string): string[] {
  const own = numberOf(address);
  const mask = numberOf(netmask);
  const size = 2 ** 32 - mask;
  const limit = indiLimits.values.lanAddresses;
  const width = Math.min(size, limit);
  const from = Math.floor(own / width) * width;
  const hosts: string[] = [];
  for (let host = from + 1; host < from + width - 1; host++) hosts.push(textOf(host));
  return hosts;
}

function numberOf(address: string): number {
  return address.split('.').reduce((number, part) => number * 256 + Number(part), 0);
}

function textOf(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.');
}
