/** A network namespace of Linux on a virtual cable, which a test can pull: packets are lost as with a real one. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { peerEnvironment } from './peer-environment.ts';
import type { SkippableTest } from './peers.ts';

export interface Namespace extends AsyncDisposable {
  /** Our address on the cable, and that of the namespace. */
  readonly here: string;
  readonly there: string;
  /** Starts a program in the namespace. It is killed when the namespace is disposed of. */
  run(command: string, ...args: string[]): ChildProcess;
  /** From now on all packets are lost, in both directions. */
  pull(): void;
  plug(): void;
}

/**
 * Makes a namespace. Without root, without `ip`, or where the kernel refuses, it skips the test with the reason and returns
 * undefined. Use: `const far = namespace(t); if (far === undefined) return;`
 */
export function namespace(test: SkippableTest): Namespace | undefined {
  const [a, b, c] = [(process.pid >> 14) & 1, (process.pid >> 6) & 255, process.pid & 63];
  const address = (host: number) => `198.${18 + a}.${b}.${c * 4 + host}`; // 198.18.0.0/15 is for tests of networks
  const [name, here, there] = [`fairlead-${process.pid}`, address(1), address(2)];
  const [near, far] = [`fl${process.pid}a`, `fl${process.pid}b`];
  const steps = [
    `netns add ${name}`,
    `link add ${near} type veth peer name ${far} netns ${name}`,
    `addr add ${here}/30 dev ${near}`,
    `link set ${near} up`,
    `-n ${name} addr add ${there}/30 dev ${far}`,
    `-n ${name} link set ${far} up`,
    `-n ${name} link set lo up`,
  ];
  for (const step of steps) {
    const failure = ip(step);
    if (failure === undefined) continue;
    ip(`netns delete ${name}`);
    test.skip(`no network namespace: ip ${step}: ${failure}`);
    return undefined;
  }
  const children = new Set<ChildProcess>();
  return {
    here,
    there,
    run: (command, ...args) => {
      const child = spawn('ip', ['netns', 'exec', name, command, ...args], {
        env: peerEnvironment(),
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      children.add(child);
      return child;
    },
    pull: () => mustWork(`-n ${name} link set ${far} down`),
    plug: () => mustWork(`-n ${name} link set ${far} up`),
    [Symbol.asyncDispose]: async () => {
      const ended = [...children].map(
        (child) =>
          child.exitCode ?? child.signalCode ?? new Promise((resolve) => child.once('exit', resolve)),
      );
      for (const child of children) child.kill('SIGKILL');
      await Promise.all(ended);
      // The kernel keeps a namespace as long as sockets in it are closing; the cable goes at once.
      ip(`link delete ${near}`);
      ip(`netns delete ${name}`);
    },
  };
}

/** Returns why the command failed. */
function ip(command: string): string | undefined {
  const { status, stderr, error } = spawnSync('ip', command.split(' '), {
    env: peerEnvironment(),
    encoding: 'utf8',
  });
  return status === 0 ? undefined : (error?.message ?? stderr.trim());
}

function mustWork(command: string): void {
  const failure = ip(command);
  if (failure !== undefined) throw new Error(`ip ${command}: ${failure}`);
}
