import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Deframer } from '@fairlead/tcp';
import { eventually } from '@fairlead/testkit';
import { type AnyDefVector, type IndiMessage, indiElements, parseMessage } from '../../src/index.ts';

/** A C++ driver of INDI on two pipes, with a home folder of its own. */
export class RealDriver implements AsyncDisposable {
  readonly said: IndiMessage[] = [];
  readonly folder: string;
  readonly #device: string;
  readonly #child: ReturnType<typeof spawn>;
  readonly #ended: Promise<unknown>;
  readonly #ownFolder: boolean;

  private constructor(program: string, device: string, folder: string, own: boolean) {
    this.#device = device;
    this.folder = folder;
    this.#ownFolder = own;
    this.#child = spawn(program, {
      env: { ...process.env, HOME: folder },
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    this.#ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.stdin?.on('error', () => undefined);
    const deframer = new Deframer(indiElements().decoder(), 'indi');
    this.#child.stdout?.on('data', (chunk: Buffer) => {
      for (const element of deframer.push(chunk)) {
        const message = parseMessage(element);
        if (message !== undefined) this.said.push(message);
      }
    });
  }

  static async start(program: string, device: string, given?: string): Promise<RealDriver> {
    const folder = given ?? (await mkdtemp(join(tmpdir(), 'fairlead-real-')));
    const driver = new RealDriver(program, device, folder, given === undefined);
    driver.write('<getProperties version="1.7"/>');
    await eventually(() => driver.definition('CONFIG_PROCESS') !== undefined, 'definitions');
    return driver;
  }

  write(xml: string): void {
    this.#child.stdin?.write(xml);
  }

  press(property: string, element: string): void {
    this.write(
      `<newSwitchVector device="${this.#device}" name="${property}"><oneSwitch name="${element}">On</oneSwitch></newSwitchVector>`,
    );
  }

  definition(name: string): AnyDefVector | undefined {
    return this.definitions.get(name);
  }

  /** The last definition of each property. */
  get definitions(): Map<string, AnyDefVector> {
    return definitions(this.said);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.stdin?.end();
    this.#child.kill();
    await this.#ended;
    if (this.#ownFolder) await rm(this.folder, { recursive: true, force: true });
  }
}

/** The last definition of each property. */
export function definitions(said: readonly IndiMessage[]): Map<string, AnyDefVector> {
  const defined = said.filter((message) => message.tag.startsWith('def')) as AnyDefVector[];
  return new Map(defined.map((vector) => [vector.name, vector]));
}

/** What clients rely on of a definition: everything but values, ranges and time. */
export function shape(vector: AnyDefVector): unknown {
  const { type, label, group, perm, rule, members } = vector as AnyDefVector & {
    perm?: string;
    rule?: string;
  };
  return {
    type,
    label,
    group,
    perm: type === 'Light' ? 'ro' : perm,
    rule,
    members: members.map((member) => {
      const { name, label, format } = member as { name: string; label?: string; format?: string };
      return { name, label, format };
    }),
  };
}
