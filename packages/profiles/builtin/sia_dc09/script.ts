/**
 * SIA DC-09, events of alarm panels over IP.
 *
 *     LF CRC (4) 0LEN (4) "ID" SEQUENCE (4) Rreceiver Lline #account [ data ] [ X further ].. _HH:MM:SS,MM-DD-YYYY CR
 *
 * CRC-16/ARC from the first quote on, checked by the framing. Panels give wrong lengths, so that the length counts for nothing.
 * Behind the bracket of an ID that begins with an asterisk stands hex of AES-CBC (IV zero): padding | data ] further _time. Each
 * message is answered: ACK, NAK (wrong time), DUH (not understood). Sources: ANSI/SIA DC-09, DC-03 and DC-05 (codes).
 */
import { concat, crc16arc, encrypt, hex, latin1, sha256, utf8Bytes } from 'fairlead:helpers';
import { content } from './content.ts';
import { decrypted, iv } from './encryption.ts';

interface Context {
  time: number;
  parameters: { timeBand?: number };
  secret?: string;
}
interface Message {
  readonly crc: string;
  readonly lengthField: string;
  readonly length: number;
  readonly encrypted: boolean;
  readonly id: string;
  readonly sequence: string;
  readonly receiver: string | undefined;
  readonly line: string | undefined;
  readonly account: string;
  /** What follows the opening bracket. */
  readonly rest: string;
}

const form =
  /^\n([0-9A-F]{4})([0-9A-F]{4})"(\*?)([A-Z0-9-]{1,16})"(\d{4})(R[0-9A-F]{1,6})?(L[0-9A-F]{1,6})?#([0-9A-Z]{1,16})\[(.*)\r$/is;

function parse(bytes: Uint8Array): Message {
  const text = latin1(bytes);
  const match = form.exec(text);
  if (match === null) throw new Error(`not a DC-09 message: ${text.slice(1, 60)}`);
  const [
    ,
    crc = '',
    lengthField = '',
    star,
    id = '',
    sequence = '',
    receiver,
    line,
    account = '',
    rest = '',
  ] = match;
  const length = text.length - 2 - 8;
  return { crc, lengthField, length, encrypted: star === '*', id, sequence, receiver, line, account, rest };
}

// --- answers --------------------------------------------------------------------------------------------------------------

function framed(text: string): Uint8Array {
  const sum = crc16arc(utf8Bytes(text)).toString(16).toUpperCase().padStart(4, '0');
  return concat('\n', sum, text.length.toString(16).toUpperCase().padStart(4, '0'), text, '\r');
}

/** HH:MM:SS,MM-DD-YYYY in UTC. */
function stamp(time: number): string {
  const [date = '', clock = ''] = new Date(time).toISOString().split('T');
  return `_${clock.slice(0, 8)},${date.slice(5)}-${date.slice(0, 4)}`;
}

function answer(
  kind: 'ACK' | 'DUH',
  { sequence, receiver = '', line = '', account }: Message,
  key?: Uint8Array,
  time = 0,
): Uint8Array {
  const head = `${sequence}${receiver}${line}#${account}[`;
  if (key === undefined) return framed(`"${kind}"${head}]`);
  const end = `|]${stamp(time)}`;
  // The padding is any text without bars and brackets.
  const padding = hex(sha256(utf8Bytes(`${time} ${sequence}`))).slice(0, 16 - (end.length % 16));
  const hidden = hex(encrypt('aes-cbc', key, utf8Bytes(padding + end), { iv, padding: false }));
  return framed(`"*${kind}"${head}${hidden.toUpperCase()}`);
}

/** The panel sets its clock by this answer and sends again. */
const wrongTime = (time: number): Uint8Array => framed(`"NAK"0000R0L0A0[]${stamp(time)}`);

export function identify(bytes: Uint8Array) {
  return { id: parse(bytes).account };
}

export function uplink(bytes: Uint8Array, ctx: Context) {
  const message = parse(bytes);
  const { crc, lengthField, encrypted, id, sequence, receiver, line, account } = message;
  const head = {
    deviceId: account,
    crc,
    lengthField,
    lengthConsistent: Number.parseInt(lengthField, 16) === message.length,
    encrypted,
    id,
    sequence,
    ...(receiver && { receiver }),
    ...(line && { line }),
    account,
  };
  if (encrypted && !ctx.secret) return { values: head, reply: answer('DUH', message) };
  const { rest, key } = encrypted
    ? decrypted(message.rest, ctx.secret as string)
    : { rest: message.rest, key: undefined };
  const { values, time } = content(id, rest);
  const band = Number(ctx.parameters.timeBand ?? 0) * 1_000;
  if (band > 0 && time !== undefined && Math.abs(time.getTime() - ctx.time) > band)
    return { reply: wrongTime(ctx.time) };
  const reply = answer('ACK', message, key, ctx.time);
  return { values: { ...head, ...values }, ...(time && { time }), reply };
}
