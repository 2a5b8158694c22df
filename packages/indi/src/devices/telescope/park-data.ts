import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { isFairleadError } from '@fairlead/core';
import { indiErrors } from '../../catalogue.ts';
import { indiLimits } from '../../limits.ts';
import { parseNumber, parseXml, type XmlElement } from '../../wire/index.ts';
import { escapeAttribute, escapeContent } from '../../wire/text.ts';
import type { ParkPosition } from './options.ts';

interface Parked {
  readonly parked: boolean;
  /** The park position; absent: the mount chooses it. */
  readonly position?: ParkPosition | undefined;
}

/**
 * The stored park data of mounts: one file for all devices of a user, in the format of the drivers in C++:
 *
 *     <parkdata>
 *         <device name="Mount">
 *             <parkstatus>true</parkstatus>
 *             <parkposition>
 *                 <axis1position>-6.000000</axis1position>
 *                 <axis2position>90.000000</axis2position>
 *             </parkposition>
 *         </device>
 *     </parkdata>
 *
 * Entries of other devices are kept as they are. Files are read and written synchronously, so that devices of one
 * process never overwrite each other's changes. All methods throw `CONFIG_INVALID` for an invalid file, which is then
 * left as it is, and `CONFIG_FAILED` if it cannot be written.
 */
export class ParkData {
  readonly path: string;
  readonly #device: string;

  constructor(device: string, environment: NodeJS.ProcessEnv) {
    this.#device = device;
    this.path = join(environment.HOME || homedir(), '.indi', 'ParkData.xml');
  }

  /** undefined: there is no entry for this device. */
  load(): Parked | undefined {
    const entry = this.#entries().find((device) => device.attributes.name === this.#device);
    if (entry === undefined) return undefined;
    const place = child(entry, 'parkposition');
    const axes = ['axis1position', 'axis2position'].map((name) =>
      parseNumber(child(place, name)?.text ?? ''),
    );
    const [first, second] = axes;
    return {
      parked: child(entry, 'parkstatus')?.text === 'true',
      position: first === undefined || second === undefined ? undefined : [first, second],
    };
  }

  save({ parked, position }: Parked): void {
    const place = position?.map(
      (value, i) => `<axis${i + 1}position>${value.toFixed(6)}</axis${i + 1}position>`,
    );
    const entry = `    <device name="${escapeAttribute(this.#device)}">
        <parkstatus>${parked}</parkstatus>
${place === undefined ? '' : `        <parkposition>${place.join('')}</parkposition>\n`}    </device>\n`;
    this.#write(this.#others() + entry);
  }

  /** Removes the entry of this device. */
  purge(): void {
    this.#write(this.#others());
  }

  #others(): string {
    return this.#entries()
      .filter(({ attributes }) => attributes.name !== this.#device)
      .map((entry) => `    ${print(entry)}\n`)
      .join('');
  }

  #entries(): readonly XmlElement[] {
    const { path } = this;
    try {
      const limit = indiLimits.values.configFile;
      if (statSync(path).size > limit)
        throw indiErrors.error('CONFIG_INVALID', { path, reason: `it is larger than ${limit} bytes` });
      return parseXml(readFileSync(path)).children;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      if (isFairleadError(error, 'CONFIG_INVALID')) throw error;
      throw indiErrors.error('CONFIG_INVALID', { path, reason: (error as Error).message }, error);
    }
  }

  #write(entries: string): void {
    const { path } = this;
    const draft = `${path}.${process.pid}.new`;
    try {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(draft, `<parkdata>\n${entries}</parkdata>\n`);
      renameSync(draft, path);
    } catch (error) {
      rmSync(draft, { force: true });
      throw indiErrors.error('CONFIG_FAILED', { path, reason: (error as Error).message }, error);
    }
  }
}

function child(parent: XmlElement | undefined, name: string): XmlElement | undefined {
  return parent?.children.find((other) => other.name === name);
}

/** An entry of another device, unchanged except for spaces. */
function print({ name, attributes, text, children }: XmlElement): string {
  const given = Object.entries(attributes).map(
    ([key, value]) => ` ${key}="${escapeAttribute(String(value))}"`,
  );
  return `<${name}${given.join('')}>${escapeContent(text)}${children.map(print).join('')}</${name}>`;
}
