// Not a module of its own: "node:process" reads all properties of process when it is imported, also stdin and stdout, which
// makes the pipes non-blocking.

/** Permissions that a script process needs to start, and never again. */
const STARTING = ['fs.read', 'worker', 'addon'];
/** What it never had. */
const NEVER = ['fs.write', 'child', 'net', 'wasi', 'inspector', 'ffi'];

/** Functions that reach other processes of the same user, which the permission model does not look after. */
const REACHING = ['kill', '_kill', '_debugProcess', '_debugEnd', 'binding', '_linkedBinding', 'execve'];

/** As much of `process.permission` as the types leave out. */
interface Permission {
  has(scope: string): boolean;
  /** The first releases of Node 26 do not have it. */
  drop?(scope: string): void;
}

/** Gives up what was needed to start. There is no way back. Throws when something may still be done. */
export function confine(): void {
  const { permission } = process as unknown as { permission?: Permission };
  if (permission === undefined) throw new Error('Node runs without its permission model');
  const given = permission.drop === undefined ? [] : STARTING;
  for (const scope of given) permission.drop?.(scope);
  for (const name of REACHING) Object.defineProperty(process, name, { value: undefined });
  const left = [...given, ...NEVER].filter((scope) => permission.has(scope));
  if (left.length > 0) throw new Error(`it may still do this: ${left.join(', ')}`);
}
