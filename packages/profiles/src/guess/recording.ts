/** The bytes of a device out of what people have: raw bytes, hex digits, a hex dump, a packet capture, the log of a server. */
import { isCapture, streamsOf } from './pcap.ts';

/** What a device sent. */
export interface Recording {
  readonly kind: 'bytes' | 'hex' | 'dump' | 'capture' | 'log';
  readonly chunks: readonly Buffer[];
  /** Whether a chunk is what the device wrote at once, so that a frame probably ends with it. */
  readonly whole: boolean;
}

/** Most of a recording that is examined, bytes. */
const MOST = 2 ** 18;

export function recordingOf(bytes: Buffer): Recording {
  if (isCapture(bytes)) return bounded({ kind: 'capture', chunks: deviceStream(bytes), whole: true });
  const text = bytes.toString('latin1');
  if (/^[0-9a-fA-F\s]*$/.test(text) && text.replaceAll(/\s/g, '').length % 2 === 0 && text.trim() !== '')
    return bounded({ kind: 'hex', chunks: hexChunks(text), whole: true });
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  const dump = lines.flatMap(dumpLine);
  if (dump.length > 0 && dump.length === lines.length)
    return bounded({ kind: 'dump', chunks: [Buffer.concat(dump)], whole: false });
  const logged = lines.flatMap(logLine);
  if (logged.length > 0 && logged.length >= lines.length / 3)
    return bounded({ kind: 'log', chunks: logged, whole: true });
  return bounded({ kind: 'bytes', chunks: [bytes], whole: false });
}

/** The stream of the side that sent first: a device that dials in speaks, or is asked; of several the longest. */
function deviceStream(bytes: Buffer): readonly Buffer[] {
  const size = (chunks: readonly Buffer[]) => chunks.reduce((sum, { length }) => sum + length, 0);
  const [longest] = streamsOf(bytes).sort((a, b) => size(b.chunks) - size(a.chunks));
  return longest?.chunks ?? [];
}

const hexChunks = (text: string): Buffer[] =>
  text
    .split(/\r?\n/)
    .map((line) => line.replaceAll(/\s/g, ''))
    .filter((line) => line !== '' && line.length % 2 === 0)
    .map((line) => Buffer.from(line, 'hex'));

/** A line of `xxd` (`00000010: 7878 0d01  xx..`) or of `hexdump -C` (`00000010  78 78 0d 01  |xx..|`). */
function dumpLine(line: string): Buffer[] {
  const [, rest] = /^[0-9a-f]{4,8}:?\s+(\S.*)$/i.exec(line) ?? [];
  const columns = rest?.includes('|') ? rest.split('|')[0] : rest?.split(/\s{2,}/)[0];
  const digits = columns?.replaceAll(/\s/g, '') ?? '';
  return /^(?:[0-9a-f]{2}){1,16}$/i.test(digits) ? [Buffer.from(digits, 'hex')] : [];
}

/** The hex digits at the end of a line. A line with `>` before them is one that the server sent. */
function logLine(line: string): Buffer[] {
  const [, before = '', run] = /^(.*?\s|)["']?((?:[0-9a-fA-F]{2}[ :]?){4,})["']?\s*$/.exec(line) ?? [];
  const digits = run?.replaceAll(/[ :]/g, '') ?? '';
  return digits === '' || / > /.test(before) ? [] : [Buffer.from(digits, 'hex')];
}

function bounded(recording: Recording): Recording {
  let left = MOST;
  const chunks = recording.chunks.flatMap((chunk) => {
    const part = chunk.subarray(0, left);
    left -= part.length;
    return part.length === 0 ? [] : [part];
  });
  return { ...recording, chunks };
}
