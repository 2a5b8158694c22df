import { readFileSync } from 'node:fs';

/** The resource usage of a process, if the system reports it. */
export interface Usage {
  /** Milliseconds of CPU time since its start. */
  cpu(): number | undefined;
  /** Bytes of resident memory. */
  memory(): number | undefined;
}

/** Linux reports CPU time in hundredths of a second. */
const tickMs = 10;
const pageBytes = 4096;

/** Reads `/proc` (see proc(5)); other systems report nothing. */
export function usageOf(pid: number): Usage {
  const read = (file: string): string | undefined => {
    try {
      return readFileSync(`/proc/${pid}/${file}`, 'latin1');
    } catch {
      return undefined;
    }
  };
  return {
    cpu() {
      // Fields 14 and 15, user and system time; the name in field 2 may hold anything but ends with the last bracket.
      const text = read('stat');
      const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ');
      return fields === undefined ? undefined : (Number(fields[11]) + Number(fields[12])) * tickMs;
    },
    memory() {
      const pages = read('statm')?.split(' ')[1];
      return pages === undefined ? undefined : Number(pages) * pageBytes;
    },
  };
}
