#!/usr/bin/env node
/*
 * A telescope mount that speaks LX200, over the network or a serial port.
 *
 * Port to open in a firewall: TCP 4030, from this machine to the mount (other mounts: 9999 or 11880).
 */
import {
  ConnectionMode,
  type Direction,
  type Position,
  parseNumber,
  runDriver,
  SerialConnection,
  TcpConnection,
  Telescope,
  type TrackMode,
  type TrackRate,
} from '@fairlead/indi';
import { Arrival } from './arrival.ts';
import { ACK, ANGLES, answers, degrees, degreesAndMinutes, digit, hours } from './protocol.ts';

/** Time for the answer to a command that not every mount has: a stop waits for as long, once. */
const OPTIONAL = '2s';

const LETTER: Readonly<Record<Direction, string>> = { north: 'n', south: 's', west: 'w', east: 'e' };
const MODE: Readonly<Record<TrackMode, string>> = { sidereal: 'Q', solar: 'S', lunar: 'L', custom: 'M' };
const RATES = [
  ['Guide', 'G'],
  ['Centering', 'C'],
  ['Find', 'M'],
  ['Max', 'S'],
] as const;

export class Lx200 extends Telescope {
  readonly #tcp = new TcpConnection(this, {
    defaultHost: '192.168.1.100',
    defaultPort: 4030,
    codec: answers,
  });
  readonly #serial = new SerialConnection(this, { codec: answers });
  /** How it is told that the mount has arrived, where the mount does not say so. */
  #arrival = new Arrival(undefined);
  /** How it is aligned while it tracks. */
  #aligned = 'P';

  constructor() {
    super('LX200 Mount', {
      sync: true,
      abort: true,
      park: true,
      motion: true,
      tracking: true,
      trackModes: ['sidereal', 'solar', 'lunar', 'custom'],
      trackRate: true,
      guiding: true,
      time: true,
      location: true,
      slewRates: RATES.map(([label]) => label),
    });
    this.setConnectionMode(ConnectionMode.Tcp | ConnectionMode.Serial);
    for (const connection of [this.#tcp, this.#serial]) {
      connection.registerHandshake(async (link) => {
        // Mounts in low precision answer HH:MM.T, and :U# toggles that.
        const shown = await link.request(':GR#');
        if (/^\d\d:\d\d\.\d$/.test(shown)) await link.send(':U#');
        return ANGLES.GR.test(shown);
      });
      this.registerConnection(connection);
    }
  }

  protected override async readPosition(): Promise<Position> {
    const position = { ra: await this.#angle('GR'), dec: await this.#angle('GD') };
    if ((this.state === 'slewing' || this.state === 'parking') && (await this.#hasArrived(position)))
      this.state = this.state === 'parking' ? 'parked' : 'tracking';
    return position;
  }

  /** Simple mounts do not know `:D#`: then the positions tell. */
  async #hasArrived(position: Position): Promise<boolean> {
    const { state } = this;
    const bars = await this.link.inquire(':D#', { timeout: OPTIONAL, match: (frame) => !/\w/.test(frame) });
    // A stop may have come between.
    if (this.state !== state) return false;
    if (bars !== undefined) return bars === '';
    const where = this.#arrival.at(position);
    if (where === 'stands' && state === 'slewing')
      this.log.warn('The mount stands still, and not where it was sent to.');
    return where !== 'moves';
  }

  protected override async goto({ ra, dec }: Position): Promise<void> {
    await this.#target(ra, dec);
    const answer = await this.link.request(':MS#', { reply: digit(1) });
    if (answer !== '0') throw new Error(`The mount refuses: ${answer.slice(1) || 'no reason given'}.`);
    this.#arrival = new Arrival({ ra, dec }, this.clock);
  }

  protected override async sync({ ra, dec }: Position): Promise<void> {
    await this.#target(ra, dec);
    const answer = await this.link.inquire(':CM#', { timeout: OPTIONAL, match: (frame) => !isAngle(frame) });
    if (answer === undefined) throw new Error('The mount does not answer :CM#: it cannot be synchronised.');
  }

  protected override abort(): Promise<void> {
    return this.link.send(':Q#');
  }

  protected override async park(): Promise<void> {
    await this.link.send(':hP#');
    this.#arrival = new Arrival(undefined, this.clock);
  }

  protected override async unpark(): Promise<void> {}

  /** An LX200 tracks unless it is aligned as if it stood on land. A simple one has one alignment, and always tracks. */
  protected override async track(on: boolean): Promise<void> {
    const now = await this.link.inquire(ACK, {
      command: 'ACK',
      timeout: OPTIONAL,
      reply: digit(),
      match: (frame) => /[A-Z]/.test(frame),
    });
    if (now === undefined && !on)
      throw new Error('The mount does not tell its alignment: its tracking cannot be switched off.');
    if (now === undefined) return;
    if (now !== 'L') this.#aligned = now;
    await this.link.send(`:A${on ? this.#aligned : 'L'}#`);
  }

  protected override setTrackMode(mode: TrackMode): Promise<void> {
    return this.link.send(`:T${MODE[mode]}#`);
  }

  /** In hertz of the motor of a mount that turns once in 24 hours at 60. */
  protected override async setTrackRate({ ra, dec }: TrackRate): Promise<void> {
    if (dec !== 0) throw new Error('An LX200 tracks in right ascension only.');
    await this.#set('ST', (ra * 4).toFixed(1).padStart(5, '0'), 'the rate');
  }

  protected override guide(direction: Direction, milliseconds: number): Promise<void> {
    const length = String(Math.min(9_999, Math.round(milliseconds))).padStart(4, '0');
    return this.link.send(`:Mg${LETTER[direction]}${length}#`);
  }

  protected override async setLocation(latitude: number, longitude: number): Promise<void> {
    await this.#set('Sg', degreesAndMinutes((360 - longitude) % 360, 3), 'the longitude');
    await this.#set('St', degreesAndMinutes(latitude, 2), 'the latitude');
  }

  protected override async setTime(time: number, offset: number): Promise<void> {
    const [year = '', month, day, clock] = new Date(time + offset * 3_600_000).toISOString().split(/[-T.]/);
    const toUtc = `${offset > 0 ? '-' : '+'}${Math.abs(offset).toFixed(1).padStart(4, '0')}`;
    await this.#set('SG', toUtc, 'the time zone');
    await this.#set('SL', clock ?? '', 'the time');
    await this.#set('SC', `${month}/${day}/${year.slice(2)}`, 'the date', 2);
  }

  protected override move(direction: Direction, on: boolean): Promise<void> {
    return this.link.send(`:${on ? 'M' : 'Q'}${LETTER[direction]}#`);
  }

  protected override setSlewRate(index: number): Promise<void> {
    return this.link.send(`:R${RATES[index]?.[1]}#`);
  }

  /** Sets what simple mounts do not know. */
  async #set(command: string, value: string, what: string, texts: 0 | 2 = 0): Promise<void> {
    const answer = await this.link.inquire(`:${command}${value}#`, {
      command: `:${command}#`,
      timeout: OPTIONAL,
      reply: digit(texts),
    });
    if (answer === undefined)
      throw new Error(`The mount does not answer :${command}#: it does not take ${what}.`);
    if (answer.startsWith('0')) throw new Error(`The mount does not accept ${what}.`);
  }

  async #target(ra: number, dec: number): Promise<void> {
    const accepted = [
      await this.link.request(`:Sr${hours(ra)}#`, { reply: digit() }),
      await this.link.request(`:Sd${degrees(dec)}#`, { reply: digit() }),
    ];
    if (accepted.some((answer) => answer !== '1'))
      throw new Error('The mount does not accept the coordinates.');
  }

  async #angle(command: keyof typeof ANGLES): Promise<number> {
    const answer = await this.link.request(`:${command}#`);
    const value = ANGLES[command].test(answer) ? parseNumber(answer) : undefined;
    if (value === undefined) throw new Error(`The mount answers :${command}# with "${answer}".`);
    return value;
  }
}

function isAngle(frame: string): boolean {
  return Object.values(ANGLES).some((form) => form.test(frame));
}

export default Lx200;
if (import.meta.main) await runDriver(new Lx200());
