import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { type AnyDefVector, DriverTalk, type IndiMessage } from '../../src/index.ts';

/** A C++ driver of INDI on two pipes, with a home folder of its own. */
export class RealDriver extends DriverTalk implements AsyncDisposable {
  readonly folder: string;
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  readonly #ownFolder: boolean;

  private constructor(child: ChildProcess, device: string, folder: string, own: boolean) {
    super(child.stdin as Writable, child.stdout as Readable, device);
    this.folder = folder;
    this.#ownFolder = own;
    this.#child = child;
    this.#ended = new Promise((resolve) => child.once('exit', resolve));
    child.stdin?.on('error', () => undefined);
  }

  static async start(program: string, device: string, given?: string): Promise<RealDriver> {
    const folder = given ?? (await mkdtemp(join(tmpdir(), 'fairlead-real-')));
    const child = spawn(program, {
      env: { ...process.env, HOME: folder },
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const driver = new RealDriver(child, device, folder, given === undefined);
    driver.write('<getProperties version="1.7"/>');
    await driver.has(() => driver.definition('CONFIG_PROCESS') !== undefined, 'definitions');
    return driver;
  }

  definition(name: string): AnyDefVector | undefined {
    return this.definitions.get(name);
  }

  /** The last definition of each property. */
  get definitions(): Map<string, AnyDefVector> {
    return definitions(this.said);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
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
