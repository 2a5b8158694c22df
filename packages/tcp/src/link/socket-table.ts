/**
 * The table of TCP sockets that Linux keeps in `/proc/net/tcp` and `/proc/net/tcp6`: it tells which peers do not answer.
 *
 *     sl: local_address rem_address st tx_queue:rx_queue tr:tm->when retrnsmt uid timeout inode ...
 *     12: 0100007F:1DE5 0100007F:A3C2 01 00000005:00000000 01:0000002D 00000002 0 0 4289543 ...
 *
 * `tx_queue`: bytes that were written and not acknowledged. `retrnsmt`: how often the oldest of them was sent again. `timeout`:
 * probes without an answer, of an idle connection (keep-alive) or of a closed window. The last two return to 0 as soon as the
 * peer acknowledges. Numbers are hexadecimal, except `uid` and `timeout`; an address is made of 32-bit words in the byte order
 * of the machine. Source: Linux, net/ipv4/tcp_ipv4.c and Documentation/networking/proc_net_tcp.rst.
 */
import fs from 'node:fs';
import { isIPv4 } from 'node:net';
import { endianness } from 'node:os';
import { tcpErrors } from '../catalogue.ts';

/** What the kernel says of a socket whose peer does not answer. */
export interface SocketTrouble {
  /** Bytes that were written and not acknowledged; 0: an idle connection is probed. */
  readonly unacknowledged: number;
  /** How often in a row they were sent again. */
  readonly retransmits: number;
  /** Probes in a row without an answer. */
  readonly probes: number;
}

/** The two ends of a socket, as Node names them. */
export interface SocketEnds {
  readonly localAddress?: string | undefined;
  readonly localPort?: number | undefined;
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
}

const [NEWLINE, COLON, BLANK, ZERO] = [10, 58, 32, 48];
/** A probe may be lost, or its answer may be on its way. */
const PROBES = 2;

/** Sockets whose peers do not answer, at one moment. */
export class SocketTable {
  /** By both addresses, in the form of the kernel. */
  readonly #rows = new Map<string, SocketTrouble>();
  readonly #remotePorts = new Set<number>();

  get size(): number {
    return this.#rows.size;
  }

  /** Reads one line of the table, without its end. Sockets whose peers answer are left out. */
  add(line: Buffer): void {
    const sl = line.indexOf(COLON);
    if (sl < 0) return;
    const local = sl + 2;
    // Addresses of IPv4 have 8 digits, those of IPv6 32.
    const remote = line.indexOf(BLANK, local) + 1;
    const state = line.indexOf(BLANK, remote) + 1;
    const sent = state + 3;
    const retransmits = sent + 30;
    const quiet = zeros(line, retransmits);
    const probes = afterWords(line, retransmits + 9, 1);
    if (quiet && line[probes] === ZERO) return;
    const trouble = {
      unacknowledged: Number.parseInt(line.toString('latin1', sent, sent + 8), 16),
      retransmits: Number.parseInt(line.toString('latin1', retransmits, retransmits + 8), 16),
      probes: Number.parseInt(line.toString('latin1', probes, probes + 10), 10),
    };
    if (!(trouble.retransmits > 0 || trouble.probes >= PROBES)) return; // also the heading, which has no numbers
    this.#rows.set(line.toString('latin1', local, state - 1), trouble);
    this.#remotePorts.add(Number.parseInt(line.toString('latin1', state - 5, state - 1), 16));
  }

  /** undefined: the peer answers, or the socket is not in the table. */
  find(socket: SocketEnds): SocketTrouble | undefined {
    const { remotePort } = socket;
    if (remotePort === undefined || !this.#remotePorts.has(remotePort)) return undefined;
    const { localAddress, localPort, remoteAddress } = socket;
    if (localAddress === undefined || localPort === undefined || remoteAddress === undefined)
      return undefined;
    return this.#rows.get(`${inKernel(localAddress, localPort)} ${inKernel(remoteAddress, remotePort)}`);
  }
}

function zeros(line: Buffer, at: number): boolean {
  for (let i = at; i < at + 8; i++) if (line[i] !== ZERO) return false;
  return true;
}

/** Where the word after `count` words begins. */
function afterWords(line: Buffer, from: number, count: number): number {
  let at = from;
  for (let word = 0; word <= count; word++) {
    while (line[at] === BLANK) at++;
    if (word < count) while (at < line.length && line[at] !== BLANK) at++;
  }
  return at;
}

/** `127.0.0.1`, 7653 as `0100007F:1DE5`. */
function inKernel(address: string, port: number): string {
  const bytes = addressBytes(address);
  if (endianness() === 'LE') bytes.swap32();
  return `${bytes.toString('hex')}:${port.toString(16).padStart(4, '0')}`.toUpperCase();
}

function addressBytes(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number));
  const words = (text: string) => text.split(':').filter(Boolean).flatMap(wordsOf);
  const [head = '', tail] = (address.split('%')[0] as string).split('::');
  const [front, back] = [words(head), words(tail ?? '')];
  const gap = new Array<number>(Math.max(0, 8 - front.length - back.length)).fill(0);
  const bytes = Buffer.alloc(16);
  for (const [i, word] of [...front, ...gap, ...back].slice(0, 8).entries()) bytes.writeUInt16BE(word, 2 * i);
  return bytes;
}

/** A group of an IPv6 address, or an IPv4 address in its place. */
function wordsOf(group: string): number[] {
  if (!isIPv4(group)) return [Number.parseInt(group, 16)];
  const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number);
  return [a * 256 + b, c * 256 + d];
}

/** Bytes of one read; the kernel gives at most a page at once. */
const CHUNK = 16_384;

/**
 * The table as it is now. Rejects with SOCKET_TABLE_UNREADABLE, where the system has none or forbids to read it. The cost
 * grows with the sockets of the machine (of its network namespace): about 4 microseconds each, nearly all outside the
 * main thread.
 *
 * @param folder for tests
 */
export async function readSocketTable(folder = '/proc/net'): Promise<SocketTable> {
  const table = new SocketTable();
  await readLines(`${folder}/tcp`, table);
  await readLines(`${folder}/tcp6`, table).catch((error) => {
    if ((error.cause as NodeJS.ErrnoException).code !== 'ENOENT') throw error; // a machine without IPv6
  });
  return table;
}

/** Not with promises: of a large table that would be a promise for each page. */
function readLines(file: string, table: SocketTable): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException) =>
      reject(
        tcpErrors.error('SOCKET_TABLE_UNREADABLE', { file, reason: error.code ?? error.message }, error),
      );
    fs.open(file, (error, descriptor) => {
      if (error !== null) return failed(error);
      const buffer = Buffer.allocUnsafe(CHUNK);
      let kept = 0;
      const next = () =>
        fs.read(descriptor, buffer, kept, CHUNK - kept, null, (error, count) => {
          if (error === null && count > 0) {
            kept = takeLines(buffer, kept + count, table);
            return next();
          }
          fs.close(descriptor, () => (error === null ? resolve() : failed(error)));
        });
      next();
    });
  });
}

/** Returns how many bytes of an incomplete line are now at the beginning of the buffer. */
function takeLines(buffer: Buffer, length: number, table: SocketTable): number {
  let from = 0;
  for (;;) {
    const end = buffer.indexOf(NEWLINE, from);
    if (end < 0 || end >= length) break;
    table.add(buffer.subarray(from, end));
    from = end + 1;
  }
  if (from === 0 && length === buffer.length) return 0; // no line of the table is that long
  buffer.copyWithin(0, from, length);
  return length - from;
}
