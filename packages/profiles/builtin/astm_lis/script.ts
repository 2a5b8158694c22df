/*
 * Laboratory analysers (ASTM E1381 / LIS01 below, ASTM E1394 / LIS02 above).
 *
 *     ENQ -> ACK    02 FN text 03|17 CS CS 0d 0a -> ACK, or NAK for a wrong check    EOT
 *
 * FN counts 1 to 7, 0, 1 ..; 03 (ETX) ends a record, 17 (ETB) says that it goes on in the next frame. CS: two hex digits of
 * the sum of FN to ETX. The sender waits for each answer. What is sent to the analyser takes the same steps, driven by its
 * answers; if both sides begin at once, the analyser comes first.
 */
import {
  ascii,
  type Context,
  concat,
  type Downlink,
  dateText,
  decodeText,
  encodeText,
  type Identity,
  type Result,
  sum8,
  zoneMinutes,
} from 'fairlead:helpers';

const [STX, ETX, EOT, ENQ, ACK, NAK, ETB] = [0x02, 0x03, 0x04, 0x05, 0x06, 0x15, 0x17];
const CONTROLS: Record<number, string> = { [EOT]: 'EOT', [ENQ]: 'ENQ', [ACK]: 'ACK', [NAK]: 'NAK' };
/** Characters of text in a frame that is sent. */
const FRAME_TEXT = 240;
/** Longest record that is put together from several frames, in characters: the state of a link is bounded. */
const MAX_PARTIAL = 2_000;
const MAX_RETRIES = 6;

interface Link {
  /** Whether ENQ has begun a transfer; then frames must follow each other. */
  open?: boolean;
  /** Number of the last frame that was accepted. */
  last?: number;
  /** The begun record of frames that ended with ETB. */
  partial?: string;
  /** Field and component separators, as H says. */
  separators?: string;
  specimen?: string;
  /** Frames to send, the first one being on its way; `waiting`: it is not, but ENQ is. */
  outbox?: string[];
  waiting?: boolean;
  retries?: number;
}

/**
 * The sender in the header record; an analyser that does not say who it is has the id `analyser`, unless the link is known
 * already. ENQ is answered, or no header would follow.
 */
export function identify(bytes: Uint8Array, ctx: Context): Identity | undefined {
  if (bytes[0] === ENQ) {
    reset(ctx.state as Link, true);
    return { reply: Uint8Array.of(ACK) };
  }
  if (bytes[0] !== STX) return undefined;
  if (!isIntact(bytes)) return { reply: Uint8Array.of(NAK) };
  const header = ascii(bytes.subarray(2, -5)).split('\r')[0] as string;
  const sender = header.startsWith('H') ? (header.split(header.charAt(1))[4] ?? '') : '';
  const id = nameOf(sender, header.charAt(3)) || ctx.identity;
  return { id: id || 'analyser' };
}

/** The first component of a sender, without blanks. */
function nameOf(sender: string, separator: string): string {
  const [name = ''] = sender.split(separator).filter((part) => part.trim() !== '');
  return name.trim().replace(/\s+/g, '_').slice(0, 128);
}

export function uplink(bytes: Uint8Array, ctx: Context): Result {
  const link = ctx.state as Link;
  return bytes[0] === STX ? frame(bytes, link, ctx) : control(bytes[0] as number, link);
}

/** Begins to send: ENQ; the frames follow as the analyser accepts them. */
export function downlink({ values }: Downlink, ctx: Context): Uint8Array | undefined {
  const { method, params = {} } = values as { method?: string; params?: { records?: string[] } };
  if (method !== 'send') return undefined;
  const link = ctx.state as Link;
  if (link.outbox) throw new Error('the message before is still being sent');
  const records = params.records ?? [];
  if (records.length === 0) throw new Error('records are missing');
  link.outbox = records.flatMap(chunks);
  link.waiting = true;
  link.retries = 0;
  return Uint8Array.of(ENQ);
}

// --- what the analyser sends ------------------------------------------------------------------------------------------

function control(byte: number, link: Link): Result {
  const values = { control: CONTROLS[byte] as string };
  if (byte === ENQ) {
    reset(link, true);
    return { values, reply: Uint8Array.of(ACK) };
  }
  if (byte === EOT) {
    reset(link, false);
    return link.outbox ? { values, reply: Uint8Array.of(ENQ) } : { values };
  }
  const reply = advance(byte, link);
  return reply === undefined ? { values } : { values, reply };
}

function reset(link: Link, open: boolean): void {
  for (const key of ['partial', 'specimen', 'last'] as const) delete link[key];
  link.open = open;
  if (link.outbox) link.waiting = true;
}

/** Whether the checksum is right and ETX or ETB ends the text. */
function isIntact(bytes: Uint8Array): boolean {
  const end = bytes.length - 5;
  const sum = Number.parseInt(ascii(bytes.subarray(end + 1, end + 3)), 16);
  return end > 1 && (bytes[end] === ETX || bytes[end] === ETB) && sum8(bytes.subarray(1, end + 1)) === sum;
}

function frame(bytes: Uint8Array, link: Link, ctx: Context): Result {
  const number = (bytes[1] as number) - 0x30;
  if (!isIntact(bytes)) return { reply: Uint8Array.of(NAK) };
  if (number < 0 || number > 7) return { reply: Uint8Array.of(NAK) };
  if (link.open && link.last !== undefined) {
    // A frame whose answer was lost comes again: it is accepted again, and its records are not.
    if (number === link.last) return { reply: Uint8Array.of(ACK) };
    if (number !== (link.last + 1) % 8) return { reply: Uint8Array.of(NAK) };
  }
  link.last = number;
  const text = decodeText(bytes.subarray(2, -5), String(ctx.parameters.charset));
  const final = bytes.at(-5) === ETX;
  const lines = ((link.partial ?? '') + text).split('\r');
  const rest = final ? '' : (lines.pop() as string);
  if (rest.length > MAX_PARTIAL) throw new Error(`a record of more than ${MAX_PARTIAL} characters`);
  if (rest === '') delete link.partial;
  else link.partial = rest;
  const records = lines.filter((line) => line !== '');
  return { ...contentOf(records, { frame: number, final, text }, link, ctx), reply: Uint8Array.of(ACK) };
}

function contentOf(lines: string[], head: Record<string, unknown>, link: Link, ctx: Context): Result {
  const values: Record<string, unknown> = { ...head };
  let time: Date | undefined;
  const records = lines.map((line) => {
    if (line[0] === 'H' && line.length >= 5 && !/[A-Za-z0-9]/.test(line.slice(1, 5)))
      link.separators = line.charAt(1) + line.charAt(3);
    return line.split(link.separators?.charAt(0) ?? '|');
  });
  for (const record of records) time = meaning(record, values, link, ctx) ?? time;
  if (records.length > 0) values.records = records;
  return time === undefined ? { values } : { time, values };
}

/** Adds what a record says to the values; gives the time that it states. */
function meaning(
  record: string[],
  values: Record<string, unknown>,
  link: Link,
  ctx: Context,
): Date | undefined {
  const at = (n: number): string => record[n] ?? '';
  const code = (n: number): string =>
    at(n)
      .split(link.separators?.charAt(1) ?? '^')
      .filter((part) => part !== '')
      .join(' ');
  const add = (key: string, item: unknown) => {
    const list = (values[key] ?? []) as unknown[];
    list.push(item);
    values[key] = list;
  };
  switch (at(0)) {
    case 'H':
      if (at(4) !== '')
        Object.assign(values, { sender: at(4), deviceId: nameOf(at(4), link.separators?.charAt(1) ?? '^') });
      return timeOf(at(13), ctx);
    case 'P':
      values.patient = known({ id: at(2) || at(3), name: code(5), birthDate: at(7), sex: at(8) });
      return undefined;
    case 'O':
      link.specimen = code(2).slice(0, 80);
      values.order = known({ specimen: code(2), test: code(4), priority: at(5), collected: at(7) });
      return undefined;
    case 'R': {
      const time = timeOf(at(12), ctx);
      add('results', {
        ...known({ test: code(2), unit: at(4), range: at(5), flag: at(6), status: at(8), operator: at(10) }),
        value: numeric(at(3)),
        ...known({ specimen: link.specimen ?? '', time: time?.toISOString() ?? '' }),
      });
      return time;
    }
    case 'C':
      add('comments', code(3));
      return undefined;
    case 'Q':
      values.query = known({ from: code(2), to: code(3), tests: code(4) });
      return undefined;
    case 'L':
      values.termination = at(2) || 'N';
      return undefined;
    default:
      return undefined;
  }
}

const numeric = (text: string): number | string => (/^[-+]?\d+(\.\d+)?$/.test(text) ? Number(text) : text);

const known = (values: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(values).filter(([, text]) => text !== ''));

/** YYYYMMDD[hhmm[ss]]; nothing for an empty field. */
function timeOf(text: string, ctx: Context): Date | undefined {
  if (text === '') return undefined;
  if (!/^(19|20)\d{6}(\d{4}(\d\d)?)?$/.test(text)) throw new Error(`not a time: ${text.slice(0, 20)}`);
  const offset = zoneMinutes(String(ctx.parameters.timezone));
  const date = dateText(text.slice(2, 8), text.slice(8).padEnd(6, '0'), 'ymd', offset);
  if (text.startsWith('19')) date.setUTCFullYear(date.getUTCFullYear() - 100);
  return date;
}

// --- what is sent to the analyser -------------------------------------------------------------------------------------

/** The text of the frames of a record: all but the last end with ETB. */
function chunks(record: string): string[] {
  const text = `${record}\r`;
  const list: string[] = [];
  for (let at = 0; at < text.length; at += FRAME_TEXT) {
    const more = at + FRAME_TEXT < text.length;
    list.push(text.slice(at, at + FRAME_TEXT) + String.fromCharCode(more ? ETB : ETX));
  }
  return list;
}

/** The next step after ACK or NAK: the next frame, the same one again, or EOT. */
function advance(answer: number, link: Link): Uint8Array | undefined {
  if (!link.outbox) return undefined;
  if (answer === NAK) {
    link.retries = (link.retries ?? 0) + 1;
    if (link.retries > MAX_RETRIES) return finish(link);
    return link.waiting ? Uint8Array.of(ENQ) : wire(link);
  }
  link.retries = 0;
  if (link.waiting) {
    link.waiting = false;
    link.last = 0;
  } else link.outbox.shift();
  if (link.outbox.length === 0) return finish(link);
  link.last = ((link.last ?? 0) + 1) % 8;
  return wire(link);
}

function wire(link: Link): Uint8Array {
  const body = concat(String(link.last), encodeText((link.outbox as string[])[0] as string, 'latin1'));
  return concat(STX, body, sum8(body).toString(16).toUpperCase().padStart(2, '0'), '\r\n');
}

function finish(link: Link): Uint8Array {
  for (const key of ['outbox', 'waiting', 'retries', 'last'] as const) delete link[key];
  return Uint8Array.of(EOT);
}
