/**
 * Loaded into a script process before its own code, so that it acts as a script would that broke out of its isolate: when
 * the first request is served it tries what should not be possible, and tells on standard error.
 */
import childProcess from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import process from 'node:process';
import workerThreads from 'node:worker_threads';

const [ownFile = '', addonFile = '', secretFile = ''] = JSON.parse(process.argv[3] as string) as string[];

const { permission } = process as unknown as { permission: { has(scope: string): boolean } };

const attempts: Record<string, () => unknown> = {
  'read /etc/passwd': () => fs.readFileSync('/etc/passwd'),
  'read a file of the program': () => fs.readFileSync(secretFile),
  'read its own source': () => fs.readFileSync(ownFile),
  'list a folder': () => fs.readdirSync('/'),
  'read by descriptor': () => fs.openSync('/proc/self/environ', 'r'),
  'read memory': () => fs.openSync('/proc/self/mem', 'r+'),
  'write a file': () => fs.writeFileSync('/tmp/fairlead-intruder', ''),
  'start a program': () => childProcess.spawnSync('/bin/true'),
  'start a program later': () => childProcess.spawn('/bin/true'),
  fork: () => childProcess.fork(ownFile),
  'start a worker': () => new workerThreads.Worker('', { eval: true }),
  'load a native addon': () => process.dlopen({ exports: {} }, addonFile),
  // A connection fails in a later turn only.
  'open a socket': () => {
    if (!permission.has('net')) throw Object.assign(new Error('refused'), { code: 'ERR_ACCESS_DENIED' });
  },
  listen: () => net.createServer().listen(0),
  'signal the service': () => process.kill(process.ppid, 0),
  'open the inspector of the service': () =>
    (process as unknown as { _debugProcess(pid: number): void })._debugProcess(process.ppid),
  'become another program': () => process.execve?.('/bin/true', []) ?? process.kill(process.ppid, 0),
  'get permissions back': () => {
    permission.has = () => true;
    return fs.readFileSync('/etc/passwd');
  },
};

const now = performance.now.bind(performance);
performance.now = () => {
  performance.now = now;
  const done: string[] = [];
  const codes = new Set<string>();
  for (const [name, attempt] of Object.entries(attempts)) {
    try {
      attempt();
      done.push(name);
    } catch (error) {
      codes.add(`${(error as NodeJS.ErrnoException).code}`);
    }
  }
  fs.writeSync(2, `${JSON.stringify({ done, codes: [...codes], env: process.env })}\n`);
  return now();
};
