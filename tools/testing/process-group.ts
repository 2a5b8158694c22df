/** The processes that a test file started, and their descendants. They are read from `/proc` on Linux; on other systems none are found. */
import { readdirSync, readFileSync } from 'node:fs';

/** The command lines of the processes in a group, except for its leader. */
export function processesOf(group: number): string[] {
  return numbers()
    .filter((pid) => pid !== group && groupOf(pid) === group)
    .map((pid) => commandOf(pid))
    .filter((command) => command !== '');
}

/** Kills a group. Processes that have already ended are not an error. */
export function endGroup(group: number): void {
  try {
    process.kill(-group, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function numbers(): number[] {
  try {
    return readdirSync('/proc').map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
}

/** Of `PID (NAME) STATE PARENT GROUP ...`; a name may contain brackets and spaces. */
function groupOf(pid: number): number | undefined {
  const stat = read(pid, 'stat');
  const [, , group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return group === undefined ? undefined : Number(group);
}

/** Empty for a zombie process. */
function commandOf(pid: number): string {
  return read(pid, 'cmdline').split('\0').join(' ').trim();
}

function read(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return ''; // the process has ended
  }
}
