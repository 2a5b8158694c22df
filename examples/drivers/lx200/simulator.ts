#!/usr/bin/env node
import { type Clock, systemClock } from '@fairlead/core';
/* An LX200 mount, simulated: node simulator.ts [PORT] [basic] */
import { parseNumber } from '@fairlead/indi';
import { type Listen, refuseHttp, type Server, serve } from '@fairlead/tcp';
import { commands, degrees, degreesAndMinutes, hours } from './protocol.ts';

/** Degrees a second. */
const SPEED = 30;
const NOTES: Readonly<Record<string, readonly [keyof Mount['site'], RegExp]>> = {
  St: ['latitude', /^[+-]\d\d\*\d\d$/],
  Sg: ['longitude', /^[+-]?\d{2,3}\*\d\d$/],
  SG: ['zone', /^[+-]\d{1,2}\.\d$/],
  SL: ['time', /^\d\d:\d\d:\d\d$/],
  SC: ['date', /^\d\d\/\d\d\/\d\d$/],
};
/** The commands of a simple mount: what `indi_lx200basic` gets along with. */
export const BASIC = ['GR', 'GD', 'Sr', 'Sd', 'MS', 'CM', 'Q'] as const;
const PARKED = { ra: 0, dec: 90 };

/** A mount that slews at a steady speed; positions are in hours and degrees. */
export class Mount {
  /** Every command it has heard. */
  readonly heard: string[] = [];
  /** Whether it says `06:00.0` instead of `06:00:00`. */
  short = false;
  /** A altazimuth, P polar, L land. */
  aligned = 'P';
  /** Q sidereal, S solar, L lunar, M at `frequency`. */
  rate = 'Q';
  frequency = 60.1;
  /** Of a move by hand: G, C, M or S. */
  speed = 'M';
  /** Where and when it is, as it was told. */
  readonly site = {
    latitude: '+48*08',
    longitude: '348*25',
    date: '11/20/26',
    time: '12:00:00',
    zone: '-01.0',
  };
  #from = { ra: 6, dec: 45 };
  #to = this.#from;
  #begun = 0;
  readonly #target = { ra: 6, dec: 45 };
  readonly #clock: Clock;
  readonly #knows: readonly string[] | undefined;

  /** @param knows the beginnings of the commands that it has; it does not answer others. Default: all */
  constructor(clock: Clock = systemClock, knows?: readonly string[]) {
    this.#clock = clock;
    this.#knows = knows;
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
    if (this.#knows?.every((known) => !command.startsWith(known))) return undefined;
    const { ra, dec } = this.position;
    switch (command.slice(0, 2)) {
      case '\x06':
        return this.aligned;
      case 'AA':
      case 'AP':
      case 'AL':
        this.aligned = command[1] as string;
        return undefined;
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
      case 'TQ':
      case 'TS':
      case 'TL':
      case 'TM':
        this.rate = command[1] as string;
        return undefined;
      case 'RG':
      case 'RC':
      case 'RM':
      case 'RS':
        this.speed = command[1] as string;
        return undefined;
      case 'ST':
        return this.#turn(Number(command.slice(2)));
      case 'St':
      case 'Sg':
      case 'SG':
      case 'SL':
      case 'SC':
        return this.#note(command.slice(0, 2), command.slice(2));
      case 'Gg':
        return `${this.#longitude}#`;
      case 'Gt':
      case 'GG':
      case 'GC':
      case 'GL':
        return `${this.site[(NOTES[`S${command[1]}`] as (typeof NOTES)[string])[0]]}#`;
      case 'Gc':
        return '24#';
      case 'GT':
        return `${this.frequency.toFixed(1)}#`;
      case 'GM':
      case 'GN':
      case 'GO':
      case 'GP':
        return 'Garden#';
      case 'Mg':
        return this.#pulse(command[2], Number(command.slice(3)));
      case 'hP':
        this.#slew(PARKED);
        return undefined;
      default:
        if (command.startsWith('Q')) this.#from = this.#to = { ra, dec };
        return undefined;
    }
  }

  /** Degrees from -180 to 180, west of Greenwich: mounts take more than they say. */
  get #longitude(): string {
    const west = parseNumber(this.site.longitude) ?? 0;
    const shown = west > 180 ? west - 360 : west;
    return `${shown < 0 ? '-' : '+'}${degreesAndMinutes(Math.abs(shown), 3)}`;
  }

  #turn(frequency: number): string {
    if (!(frequency >= 55 && frequency <= 65)) return '0';
    this.frequency = frequency;
    return '1';
  }

  #note(what: string, text: string): string {
    const [name, form] = NOTES[what] as (typeof NOTES)[string];
    if (!form.test(text)) return '0';
    this.site[name] = text;
    return what === 'SC' ? `1Updating Planetary Data#${' '.repeat(32)}#` : '1';
  }

  /** Half the sidereal rate for so many milliseconds, at once. */
  #pulse(direction: string | undefined, milliseconds: number): undefined {
    const degrees = (milliseconds / 1_000) * (7.5 / 3_600);
    const { ra, dec } = this.position;
    const [west, north] = [direction === 'w' ? 1 : direction === 'e' ? -1 : 0, direction === 'n' ? 1 : -1];
    this.#from = this.#to =
      west !== 0 ? { ra: ra - (west * degrees) / 15, dec } : { ra, dec: dec + north * degrees };
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
    codec: refuseHttp(commands),
    frames(session, batch) {
      for (const command of batch) {
        const answer = mount.answer(command);
        if (answer !== undefined) session.send(answer);
      }
    },
  });
}

if (import.meta.main) {
  const [port = 4030, kind] = process.argv.slice(2);
  const mount = new Mount(systemClock, kind === 'basic' ? BASIC : undefined);
  const server = await simulateMount(`tcp://127.0.0.1:${port}`, mount);
  console.log(`A mount listens at ${server.address}.`);
}
