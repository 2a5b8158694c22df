import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { isFairleadError } from '@fairlead/core';
import { indiErrors } from '../catalogue.ts';
import { indiLimits } from '../limits.ts';
import { type AnyNewVector, messageOf, parseXml, wireNumber } from '../wire/index.ts';
import { escapeAttribute, escapeContent } from '../wire/text.ts';

/**
 * Saved properties in the format of INDI, which drivers in C++ also read and write:
 *
 *     <INDIDriver>
 *     <newTextVector device='Weather' name='DEVICE_ADDRESS'>
 *       <oneText name='ADDRESS'>
 *           192.168.1.100
 *       </oneText>
 *     ...
 *     </INDIDriver>
 *
 * The first save of all properties also writes a copy whose name ends with `.default`. "Default" loads it.
 */
export class ConfigFile {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  get defaultPath(): string {
    return `${this.path}.default`;
  }

  /** Throws `CONFIG_MISSING` or `CONFIG_INVALID`. */
  load(): Promise<AnyNewVector[]> {
    return read(this.path);
  }

  loadDefault(): Promise<AnyNewVector[]> {
    return read(this.defaultPath);
  }

  /**
   * Replaces the whole file. Throws `CONFIG_FAILED`.
   * @param whole whether these are all properties: the first complete save is kept as the default
   */
  async save(properties: readonly AnyNewVector[], whole: boolean): Promise<void> {
    const text = `<INDIDriver>\n${properties.map(print).join('')}</INDIDriver>\n`;
    const draft = join(dirname(this.path), `.${basename(this.path)}.${process.pid}.new`);
    try {
      await mkdir(dirname(this.path), { recursive: true });
      await writeFile(draft, text);
      await rename(draft, this.path);
      if (whole && !(await exists(this.defaultPath))) await writeFile(this.defaultPath, text);
    } catch (error) {
      await rm(draft, { force: true }).catch(() => undefined);
      throw indiErrors.error('CONFIG_FAILED', { path: this.path, reason: (error as Error).message }, error);
    }
  }

  /** Removes the saved properties. The default copy stays. */
  async purge(): Promise<void> {
    if (!(await exists(this.path))) throw indiErrors.error('CONFIG_MISSING', { path: this.path });
    await rm(this.path);
  }
}

/** The configuration file of a device: INDICONFIG, or `~/.indi/<device>_config.xml`. */
export function configPath(device: string, environment: NodeJS.ProcessEnv = process.env): string {
  const { INDICONFIG } = environment;
  if (INDICONFIG) return INDICONFIG;
  return join(environment.HOME || homedir(), '.indi', `${device.replaceAll('/', '_')}_config.xml`);
}

async function read(path: string): Promise<AnyNewVector[]> {
  let bytes: Buffer;
  try {
    const { size } = await stat(path);
    const limit = indiLimits.values.configFile;
    if (size > limit)
      throw indiErrors.error('CONFIG_INVALID', { path, reason: `it is larger than ${limit} bytes` });
    bytes = await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      throw indiErrors.error('CONFIG_MISSING', { path }, error);
    if (isFairleadError(error)) throw error;
    throw indiErrors.error('CONFIG_INVALID', { path, reason: (error as Error).message }, error);
  }
  try {
    return parseXml(bytes).children.flatMap((xml) => {
      // Drivers in C++ write such vectors if a property never got a name.
      if (!xml.attributes.device || !xml.attributes.name) return [];
      const message = messageOf(xml);
      return message?.tag.startsWith('new') ? [message as AnyNewVector] : [];
    });
  } catch (error) {
    throw indiErrors.error('CONFIG_INVALID', { path, reason: (error as Error).message }, error);
  }
}

function print(vector: AnyNewVector): string {
  const { tag, type, device, name } = vector;
  const members = vector.members.map((member) => {
    const one = `one${type}`;
    return `  <${one} name='${escapeAttribute(member.name)}'>\n      ${shown(member.value)}\n  </${one}>\n`;
  });
  const head = `<${tag} device='${escapeAttribute(device)}' name='${escapeAttribute(name)}'>`;
  return `${head}\n${members.join('')}</${tag}>\n`;
}

function shown(value: AnyNewVector['members'][number]['value']): string {
  if (typeof value === 'string') return escapeContent(value);
  if (typeof value === 'number') return wireNumber(value);
  if (typeof value === 'boolean') return value ? 'On' : 'Off';
  return value.base64.toString('latin1');
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
