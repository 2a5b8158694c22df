/** Third-party programs and libraries that the tests need, and their installation. */
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Peer {
  /** The name of a program on the command line, or the header of a library as C++ includes it. */
  readonly name: string;
  /** The Debian package that contains it. */
  readonly debian: string;
}

export const peers: readonly Peer[] = [
  { name: 'mosquitto', debian: 'mosquitto' },
  { name: 'mosquitto_passwd', debian: 'mosquitto' },
  { name: 'mosquitto_pub', debian: 'mosquitto-clients' },
  { name: 'mosquitto_sub', debian: 'mosquitto-clients' },
  { name: 'nats-server', debian: 'nats-server' },
  { name: 'haproxy', debian: 'haproxy' },
  { name: 'chromium', debian: 'chromium' },
  { name: 'promtool', debian: 'prometheus' },
  { name: 'tshark', debian: 'tshark' },
  { name: 'nc', debian: 'netcat-openbsd' },
  { name: 'zsh', debian: 'zsh' },
  { name: 'fish', debian: 'fish' },
  { name: 'python3', debian: 'python3' },
  { name: 'socat', debian: 'socat' },
  { name: 'curl', debian: 'curl' },
  { name: 'openssl', debian: 'openssl' },
  { name: 'unshare', debian: 'util-linux' },
  { name: 'ip', debian: 'iproute2' },
  { name: 'iptables', debian: 'iptables' },
  { name: 'systemd-analyze', debian: 'systemd' },
  { name: 'strace', debian: 'strace' },
  { name: 'indi_simulator_ccd', debian: 'indi-bin' },
  { name: 'indi_simulator_telescope', debian: 'indi-bin' },
  { name: 'indi_lx200basic', debian: 'indi-bin' },
  { name: 'indi_lx200classic', debian: 'indi-bin' },
  { name: 'indi_simulator_focus', debian: 'indi-bin' },
  { name: 'indi_simulator_weather', debian: 'indi-bin' },
  { name: 'indi_perfectstar_focus', debian: 'indi-bin' },
  { name: 'indi_fcusb_focus', debian: 'indi-bin' },
  { name: 'indi_eval', debian: 'indi-bin' },
  { name: 'indi_setprop', debian: 'indi-bin' },
  { name: 'indi_getprop', debian: 'indi-bin' },
  { name: 'indiserver', debian: 'indi-bin' },
  { name: 'libindi/baseclient.h', debian: 'libindi-dev' },
  { name: 'g++', debian: 'g++' },
  { name: 'gpsd', debian: 'gpsd' },
  { name: 'mbpoll', debian: 'mbpoll' },
  { name: 'modbus/modbus.h', debian: 'libmodbus-dev' },
];

/** `/usr/sbin` contains daemons and is not on the PATH of every user. */
const PATH = `${process.env.PATH ?? ''}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`;
const INSTALL_MS = 300_000;

export function missingPeers(all: readonly Peer[] = peers): Peer[] {
  return all.filter(({ name }) => !has(name));
}

/** Installs missing programs with apt, as root on Debian. Returns the programs that are still missing. */
export function installPeers(all: readonly Peer[] = peers): Peer[] {
  const missing = missingPeers(all);
  if (missing.length === 0 || process.getuid?.() !== 0 || !has('apt-get')) return missing;
  const packages = [...new Set(missing.map(({ debian }) => debian))];
  console.log(`peers: installing ${packages.join(' ')}`);
  const install = ['install', '-y', '--no-install-recommends', ...packages];
  withoutServices(() => {
    if (apt(install).status === 0) return;
    // A new machine has no package lists, and the lists of an older machine may be out of date.
    apt(['update']);
    const { status, output } = apt(install);
    if (status !== 0) console.error(output);
  });
  return missingPeers(all);
}

function has(name: string): boolean {
  if (name.endsWith('.h')) return existsSync(join('/usr/include', name));
  return spawnSync('sh', ['-c', 'command -v "$0"', name], { env: { ...process.env, PATH } }).status === 0;
}

function apt(args: readonly string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(
    'apt-get',
    ['-qq', '-o', 'DPkg::Lock::Timeout=120', '-o', 'Acquire::Retries=2', ...args],
    {
      env: { ...process.env, PATH, DEBIAN_FRONTEND: 'noninteractive' },
      stdio: ['ignore', 'pipe', 'pipe'],
      encoding: 'utf8',
      timeout: INSTALL_MS,
    },
  );
  return { status, output: `${stdout}${stderr}` };
}

/**
 * Debian starts the service of a package after its installation. The tests start their own services on free ports. Therefore
 * this program, which Debian calls first, exits with 101: "not allowed".
 */
function withoutServices(work: () => void): void {
  const policy = '/usr/sbin/policy-rc.d';
  if (existsSync(policy)) {
    work();
    return;
  }
  const hold = () => {}; // Ctrl-C also ends apt; it must not skip the removal here
  process.on('SIGINT', hold);
  writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    work();
  } finally {
    rmSync(policy, { force: true });
    process.off('SIGINT', hold);
  }
}
