import assert from 'node:assert/strict';
import type { NetworkInterfaceInfo } from 'node:os';
import { describe, it } from 'node:test';
import { memoryPair } from '@fairlead/testkit';
import { type Interfaces, indiLimits, LanSearch } from '../../src/index.ts';

const at = (address: string, netmask: string, more: object = {}): NetworkInterfaceInfo =>
  ({
    address,
    netmask,
    family: 'IPv4',
    internal: false,
    mac: '',
    cidr: null,
    ...more,
  }) as NetworkInterfaceInfo;
const search = (
  interfaces: ReturnType<Interfaces>,
  dial: (host: string) => Promise<never> = async () => assert.fail(),
) => new LanSearch({ interfaces: () => interfaces, dial, progress: () => undefined });

describe('LanSearch', () => {
  it("tries this machine's networks and nothing else", () => {
    const hosts = search({
      lo: [at('127.0.0.1', '255.0.0.0', { internal: true })],
      eth0: [at('192.168.1.7', '255.255.255.0'), at('fe80::1', 'ffff:ffff::', { family: 'IPv6' })],
      eth1: [at('10.0.0.2', '255.255.255.252')],
      none: undefined,
    }).addresses();
    assert.equal(hosts.length, 253 + 1);
    assert.ok(hosts.includes('192.168.1.1') && hosts.includes('192.168.1.254') && hosts.includes('10.0.0.1'));
    for (const out of ['192.168.1.0', '192.168.1.255', '192.168.1.7', '10.0.0.0', '10.0.0.3'])
      assert.ok(!hosts.includes(out), out);
  });

  it("searches a large network around this machine's address only", () => {
    const hosts = search({ eth0: [at('10.1.2.3', '255.0.0.0')] }).addresses();
    assert.equal(hosts.length, indiLimits.values.lanAddresses - 3);
    assert.ok(hosts.every((host) => /^10\.1\.[0-3]\./.test(host)));
  });

  it('tries many at a time, never more than it may, and stops when told to', async () => {
    let open = 0;
    let most = 0;
    let tried = 0;
    const controller = new AbortController();
    const dial = async (): Promise<never> => {
      most = Math.max(most, ++open);
      if (++tried === 100) controller.abort(new Error('enough'));
      await new Promise((resolve) => setImmediate(resolve));
      open--;
      throw new Error('nobody');
    };
    const all = search({ eth0: [at('192.168.1.7', '255.255.255.0')] }, dial).answering(controller.signal);
    await assert.rejects(all.next(), /enough/);
    assert.equal(most, indiLimits.values.lanParallel);
    assert.ok(tried < 100 + indiLimits.values.lanParallel, `${tried} tried`);
  });

  it('closes what nobody takes', async () => {
    const pairs = new Map<string, ReturnType<typeof memoryPair>>();
    const dial = async (host: string): Promise<never> => {
      const pair = memoryPair('here', host);
      pairs.set(host, pair);
      return pair[0] as never;
    };
    const ends: string[] = [];
    const found = search({ eth0: [at('192.168.1.1', '255.255.255.248')] }, dial).answering(
      new AbortController().signal,
    );
    const { value: first } = await found.next();
    for (const [host, [, far]] of pairs) {
      far.start({
        onData: () => {},
        onDrain: () => {},
        onEnd: () => void ends.push(host),
        onClosed: () => {},
      });
      far.resume();
    }
    await found.return();
    for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(ends.sort(), [...pairs.keys()].filter((host) => host !== first?.host).sort());
  });

  it('says in words that IPv6 networks are not searched, and that there may be no other', async () => {
    const told = async (...infos: NetworkInterfaceInfo[]): Promise<string[]> => {
      const words: string[] = [];
      const dial = async (): Promise<never> => {
        throw new Error('nobody');
      };
      const all = new LanSearch({
        interfaces: () => ({ eth0: infos }),
        dial,
        progress: (text) => words.push(text),
      });
      assert.equal((await all.answering(new AbortController().signal).next()).done, true);
      return words;
    };
    const six = at('2001:db8::7', 'ffff:ffff:ffff:ffff::', { family: 'IPv6' });
    const [first, second, ...rest] = await told(at('192.168.1.1', '255.255.255.252'), six);
    assert.equal(first, 'Searching 1 addresses.');
    assert.match(second ?? '', /IPv6 networks cannot be searched.*enter the address/);
    assert.deepEqual(rest, ['1 of 1 addresses tried.']);
    assert.match((await told(six))[0] ?? '', /There is no IPv4 network to search/);
    assert.equal(
      (await told(at('192.168.1.1', '255.255.255.252'))).length,
      2,
      'nothing of IPv6 where there is none',
    );
  });
});
