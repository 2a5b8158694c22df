/** Services that commands may talk to, by name: addresses in one file, each token in a file of its own. */
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { cliErrors } from '../catalogue.ts';
import { unreadable, unwritable } from '../input.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** How to reach a service. Paths are absolute. */
const serviceSchema = z.strictObject({
  url: z.string(),
  /** File with certificates of authorities, instead of those of the system. */
  ca: z.string().optional(),
  /** Files with the certificate and the key of the client. */
  cert: z.string().optional(),
  key: z.string().optional(),
  /** The certificate of the service is not checked. */
  insecure: z.literal(true).optional(),
});
export type ContextService = z.output<typeof serviceSchema>;

const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;

const fileSchema = z.strictObject({
  current: z.string().optional(),
  contexts: z.record(z.string().regex(NAME), serviceSchema),
});
type ContextFile = z.output<typeof fileSchema>;

/** The contexts of a user. Throws FILE_UNREADABLE, FILE_UNWRITABLE, CONTEXT_UNKNOWN, CONTEXT_FILE_OPEN. */
export class Contexts {
  readonly #folder: string | undefined;

  /** In `fairlead` below `XDG_CONFIG_HOME`, else `~/.config`. */
  constructor(env: Env) {
    const home = env.HOME || env.USERPROFILE;
    const base = env.XDG_CONFIG_HOME || (home && join(home, '.config'));
    this.#folder = base ? join(base, 'fairlead') : undefined;
  }

  /** By name, and which of them commands use by default. */
  read(): ContextFile {
    if (this.#folder === undefined) return { contexts: {} };
    const path = this.#file;
    let text: string;
    try {
      text = readFileSync(path, 'utf8');
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT' || code === 'ENOTDIR') return { contexts: {} };
      throw unreadable(path, error);
    }
    try {
      return fileSchema.parse(JSON.parse(text));
    } catch (error) {
      throw cliErrors.error('FILE_UNREADABLE', { path, reason: 'it is not a file of contexts' }, error);
    }
  }

  get(name: string): ContextService {
    const { contexts } = this.read();
    const found = Object.hasOwn(contexts, name) ? contexts[name] : undefined;
    if (found !== undefined) return found;
    throw cliErrors.error('CONTEXT_UNKNOWN', {
      name,
      known: Object.keys(contexts).sort().join(', ') || 'none',
    });
  }

  /** The token of a context; undefined: it has none. */
  token(name: string): string | undefined {
    const path = this.tokenPath(name);
    try {
      const { mode } = statSync(path);
      if (process.platform !== 'win32' && (mode & 0o077) !== 0)
        throw cliErrors.error('CONTEXT_FILE_OPEN', { path });
      return readFileSync(path, 'utf8').trim() || undefined;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'CONTEXT_FILE_OPEN') throw error;
      if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
      throw unreadable(path, error);
    }
  }

  tokenPath(name: string): string {
    return join(this.#home, 'tokens', name);
  }

  /** Adds or replaces; the token is written first. */
  put(name: string, service: ContextService, token: string | undefined): void {
    if (!NAME.test(name)) {
      const reason = `"${name}" cannot be the name of a context: 1 to 64 letters, digits, "_", "." and "-", the first no sign.`;
      throw cliErrors.error('USAGE_INVALID', { reason });
    }
    const file = this.read();
    if (token === undefined) this.#remove(this.tokenPath(name));
    else this.#write(this.tokenPath(name), `${token}\n`);
    this.#save({ ...file, contexts: { ...file.contexts, [name]: service } });
  }

  /** Which context commands use; undefined: none. */
  use(name: string | undefined): void {
    if (name !== undefined) this.get(name);
    const { contexts } = this.read();
    this.#save({ ...(name !== undefined && { current: name }), contexts });
  }

  remove(name: string): void {
    this.get(name);
    const { current, contexts } = this.read();
    const { [name]: _gone, ...others } = contexts;
    this.#save({ ...(current !== undefined && current !== name && { current }), contexts: others });
    this.#remove(this.tokenPath(name));
  }

  get #home(): string {
    if (this.#folder !== undefined) return this.#folder;
    const reason = 'The folder of contexts is not known: set HOME or XDG_CONFIG_HOME.';
    throw cliErrors.error('USAGE_INVALID', { reason });
  }

  get #file(): string {
    return join(this.#home, 'contexts.json');
  }

  #save(file: ContextFile): void {
    this.#write(this.#file, `${JSON.stringify(file, null, 2)}\n`);
  }

  /** There whole or not at all, for its owner only. */
  #write(path: string, text: string): void {
    const part = `${path}.${process.pid}.part`;
    try {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      rmSync(part, { force: true });
      writeFileSync(part, text, { mode: 0o600, flag: 'wx', flush: true });
      chmodSync(part, 0o600);
      renameSync(part, path);
    } catch (error) {
      rmSync(part, { force: true });
      throw unwritable(path, error);
    }
  }

  #remove(path: string): void {
    try {
      rmSync(path, { force: true });
    } catch (error) {
      throw unwritable(path, error);
    }
  }
}
