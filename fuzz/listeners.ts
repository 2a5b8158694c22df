/**
 * The gateway's two listeners under attack, on real sockets. Meanwhile well-behaved devices continue to send. They must not be
 * affected: every message arrives once and in order, and their links stay open. All other links end with a code of the
 * catalogue, memory stays bounded, and no error is unhandled.
 */

import { busErrors } from '@fairlead/bus';
import { coreErrors, isFairleadError } from '@fairlead/core';
import { gatewayErrors, type ScriptHost } from '@fairlead/gateway';
import { createSandbox, sandboxErrors } from '@fairlead/sandbox';
import { storeErrors } from '@fairlead/store';
import { tcpErrors } from '@fairlead/tcp';
import { attack } from './attacks.ts';
import { type Conduct, dial, perform, pieces } from './conduct.ts';
import { GoodDevice } from './good-device.ts';
import { customSetting, officialSetting, type Setting } from './protocols.ts';
import { Random } from './random.ts';
import { deeds, type Round, siege } from './siege.ts';
import type { Report, Target } from './target.ts';
import { openWorld, type World } from './world.ts';

export const official: Target = (seed, until) => fuzz(officialSetting(), noScripts, seed, until);

export const custom: Target = async (seed, until) => {
  await using sandbox = createSandbox();
  return await fuzz(customSetting(), sandbox as unknown as ScriptHost, seed, until);
};

const noScripts: ScriptHost = { load: () => Promise.reject(new Error('no device here has a script')) };

const CATALOGUE: ReadonlySet<string> = new Set(
  [coreErrors, tcpErrors, gatewayErrors, sandboxErrors, busErrors, storeErrors].flatMap(({ entries }) =>
    Object.keys(entries),
  ),
);
/** Codes of the catalogue that say that Fairlead itself is at fault. */
const DEFECTS: ReadonlySet<string> = new Set([
  'CODEC_FAILED',
  'CODEC_STALLED',
  'HANDLER_FAILED',
  'ALREADY_RECEIVING',
]);

const ATTACKERS = 24;
/** Attempts to reproduce a failure with fewer attacks, and their total time in milliseconds. */
const ROUNDS_AGAIN = 3;
const TIME_TO_SHRINK = 30_000;

async function fuzz(
  setting: Setting,
  scripts: ScriptHost,
  seed: number,
  until: () => boolean,
): Promise<Report> {
  const random = new Random(seed);
  await using arena = await Arena.open(setting, scripts, random);
  const round = async (): Promise<Round> => {
    const conducts = Array.from({ length: random.int(1, ATTACKERS) }, () => attack(random, setting.arsenal));
    const wrong = await arena.round(conducts);
    return { conducts, wrong, reproduction: () => reproduction(setting, scripts, conducts) };
  };
  return await siege('attacking links', until, round, () => arena.account());
}

/** The fewest attacks of the round that still fail. Timing is random, so fewer may fail too. */
async function reproduction(
  setting: Setting,
  scripts: ScriptHost,
  conducts: readonly Conduct[],
): Promise<string[]> {
  const enough = async (some: readonly Conduct[]): Promise<boolean> => {
    await using arena = await Arena.open(setting, scripts, new Random(1));
    for (let round = 0; round < ROUNDS_AGAIN; round++)
      if ((await arena.round(some)) !== undefined) return true;
    return false;
  };
  let few = conducts;
  const end = performance.now() + TIME_TO_SHRINK;
  for (let size = few.length >> 1; size >= 1; size >>= 1)
    for (let at = 0; at < few.length && few.length > 1 && performance.now() < end; ) {
      const fewer = few.toSpliced(at, size);
      if (fewer.length > 0 && (await enough(fewer))) few = fewer;
      else at += size;
    }
  return deeds(few);
}

/** A gateway and its well-behaved devices. */
class Arena implements AsyncDisposable {
  readonly #setting: Setting;
  readonly #world: World;
  readonly #random: Random;
  readonly #residents: readonly GoodDevice[];
  readonly #visitor: GoodDevice;

  private constructor(setting: Setting, world: World, random: Random) {
    this.#setting = setting;
    this.#world = world;
    this.#random = random;
    this.#residents = setting.dialects.map((dialect) => new GoodDevice(dialect, world));
    this.#visitor = new GoodDevice(setting.visitor, world);
  }

  static async open(setting: Setting, scripts: ScriptHost, random: Random): Promise<Arena> {
    const devices = [...setting.dialects, setting.visitor, ...setting.others];
    const world = await openWorld(setting.protocol, devices, scripts, new Random(random.seed()));
    const arena = new Arena(setting, world, random);
    for (const resident of arena.#residents) resident.connect();
    return arena;
  }

  /** One round. Returns what went wrong. */
  async round(conducts: readonly Conduct[]): Promise<string | undefined> {
    const random = this.#random;
    const sockets = conducts.map(() => dial(this.#world.port));
    const attacks = conducts.map((conduct, i) => perform(conduct, sockets[i] as (typeof sockets)[number]));
    const meddling = this.#meddle(random.int(0, 3));
    this.#visitor.connect();
    const talking = [...this.#residents, this.#visitor].map((device) =>
      device.send(pieces(random, device.speak(random.int(1, 30), random))),
    );
    await Promise.all(talking);
    this.#visitor.end();
    await Promise.all(attacks);
    const wrong =
      (await meddling) ??
      (await firstWrong([...this.#residents, this.#visitor].map((device) => device.settled())));
    for (const socket of sockets) socket.destroy();
    if (wrong !== undefined) return wrong;
    return (await this.#alone()) ?? this.#badCode();
  }

  /** Uses the API during the attacks. */
  async #meddle(times: number): Promise<string | undefined> {
    const { gateway } = this.#world;
    const random = this.#random;
    for (let i = 0; i < times; i++) {
      const { name } = random.pick(
        this.#setting.others.filter(({ device }) => !device.name.startsWith('good')),
      ).device;
      await new Promise((resolve) => setTimeout(resolve, random.int(0, 20)));
      if (name.startsWith('victim') && random.chance(0.3)) gateway.forget(name);
      try {
        await gateway.send(
          name,
          { kind: 'command', values: { a: 1 } },
          random.chance(0.5) ? { wait: 50 } : {},
        );
      } catch (error) {
        if (!isFairleadError(error) || DEFECTS.has(error.code))
          return `a downlink to ${name} failed with ${(error as Error).stack}`;
      }
    }
    return undefined;
  }

  /** Waits until only the well-behaved devices are left. */
  async #alone(): Promise<string | undefined> {
    const { gateway } = this.#world;
    const dead = this.#residents.find((resident) => !resident.alive);
    if (dead !== undefined) return `${dead.name} has lost its link`;
    const wanted = this.#residents.length;
    const end = performance.now() + 10_000;
    for (;;) {
      const sessions = gateway.listeners()[0]?.sessions;
      const { online } = gateway.counters();
      if (sessions === wanted && online === wanted) return undefined;
      if (performance.now() > end)
        return `${sessions} sessions and ${online} devices online are left; ${wanted} of each should be`;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  #badCode(): string | undefined {
    const { linksClosed, refusals } = this.#world.gateway.counters();
    for (const key of [...linksClosed.keys(), ...refusals.keys()]) {
      const code = key.slice(key.indexOf(' ') + 1);
      if (CATALOGUE.has(code) && !DEFECTS.has(code)) continue;
      const link = this.#world.gateway.links().find((info) => info.code === code || code in info.refusals);
      return `a link has the code ${code}: ${link?.reason ?? ''} ${link?.lastRefusal ?? ''}`;
    }
    return undefined;
  }

  /** Whether every link that was opened has been closed, or lives. */
  account(): string | undefined {
    const { linksOpened, linksClosed } = this.#world.gateway.counters();
    const sum = (counts: ReadonlyMap<string, number>) => [...counts.values()].reduce((a, b) => a + b, 0);
    const [opened, closed] = [sum(linksOpened), sum(linksClosed)];
    const open = this.#residents.length;
    return opened === closed + open
      ? undefined
      : `${opened} links were opened, ${closed} closed; ${open} are open`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#world[Symbol.asyncDispose]();
    for (const device of [...this.#residents, this.#visitor]) device.destroy();
  }
}

async function firstWrong(waits: readonly Promise<string | undefined>[]): Promise<string | undefined> {
  return (await Promise.all(waits)).find((wrong) => wrong !== undefined);
}
