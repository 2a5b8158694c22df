#!/usr/bin/env node
/* An LX200 mount, simulated: node simulator.ts [PORT] */
import { parseNumber } from '@fairlead/indi';
import { type Clock, type Listen, type Server, serve, systemClock } from '@fairlead/tcp';
import { commands, degrees, hours } from './protocol.ts';

/** Degrees a second. */
const SPEED = 30;
const PARKED = { ra: 0, dec: 90 };

/** A mount that slews at a steady speed; positions are in hours and degrees. */
export class Mount {
  /** Every command it has heard. */
  readonly heard: string[] = [];
  /** Whether it says `06:00.0` instead of `06:00:00`. */
  short = false;
  #from = { ra: 6, dec: 45 };
  #to = this.#from;
  #begun = 0;
  readonly #target = { ra: 6, dec: 45 };
  readonly #clock: Clock;

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  get position(): { ra: number; dec: number } {
    const [from, to] = [this.#from, this.#to];
    const way = Math.max(Math.abs(to.ra - from.ra) * 15, Math.abs(to.dec - from.dec));
    const part =
      way === 0 ? 1 : Math.min(1, ((this.#clock.monotonic() - this.#begun) / 1_000) * (SPEED / way));
    return { ra: from.ra + (to.ra - from.ra) * part, dec: from.dec + (to.dec - from.dec) * part };
  }

  get slewing(): boolean {
    const { ra, dec } = this.position;
    return ra !== this.#to.ra || dec !== this.#to.dec;
  }

  /** The answer to a command, if it has one. */
  answer(command: string): string | undefined {
    this.heard.push(command);
    const { ra, dec } = this.position;
    switch (command.slice(0, 2)) {
      case '\x06':
        return 'P';
      case 'GR':
        return this.short ? `${hours(ra).slice(0, 5)}.0#` : `${hours(ra)}#`;
      case 'GD':
        return this.short ? `${degrees(dec).slice(0, 6)}#` : `${degrees(dec)}#`;
      case 'Sr':
        return this.#set('ra', command.slice(2), 0, 24);
      case 'Sd':
        return this.#set('dec', command.slice(2), -90, 90);
      case 'MS':
        if (this.#target.dec < -60) return '1Object below horizon.#';
        this.#slew(this.#target);
        return '0';
      case 'CM':
        this.#from = this.#to = { ...this.#target };
        return 'Coordinates matched.#';
      case 'D':
        return this.slewing ? '|#' : '#';
      case 'U':
        this.short = !this.short;
        return undefined;
      case 'hP':
        this.#slew(PARKED);
        return undefined;
      default:
        if (command.startsWith('Q')) this.#from = this.#to = { ra, dec };
        return undefined;
    }
  }

  #set(axis: 'ra' | 'dec', text: string, min: number, max: number): string {
    const value = parseNumber(text);
    if (value === undefined || value < min || value > max) return '0';
    this.#target[axis] = value;
    return '1';
  }

  #slew(to: { ra: number; dec: number }): void {
    this.#from = this.position;
    this.#to = { ...to };
    this.#begun = this.#clock.monotonic();
  }
}

/** Lets `mount` answer at `endpoint`. */
export function simulateMount(
  endpoint: string,
  mount: Mount,
  options: { listen?: Listen; clock?: Clock } = {},
): Promise<Server<string, string, undefined>> {
  return serve(endpoint, {
    ...options,
    codec: commands,
    frames(session, batch) {
      for (const command of batch) {
        const answer = mount.answer(command);
        if (answer !== undefined) session.send(answer);
      }
    },
  });
}

if (import.meta.main) {
  const server = await simulateMount(`tcp://127.0.0.1:${process.argv[2] ?? 4030}`, new Mount());
  console.log(`A mount listens at ${server.address}.`);
}
