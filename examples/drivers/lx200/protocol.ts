/*
 * Meade's LX200 commands, as far as a mount's everyday life needs them. An answer of one digit has no # after it.
 *
 *     :GR# :GD#              where it looks        06:00:00#  +45*00:00#   (or short: 06:00.0#  +45*00#)
 *     :Sr07:00:00# :Sd+30*00:00#   the target      1 or 0, no #
 *     :MS#                   goto                  0, or 1 and a text that ends with #
 *     :CM#                   sync to the target    a text that ends with #
 *     :Q# :Qn# ... :Mn# ...  stop, move            nothing
 *     :RG# :RC# :RM# :RS#    how fast it moves     nothing
 *     :Mgn0500# ...          a pulse in ms         nothing
 *     :D#                    bars while it slews   | ... #
 *     :hP#                   park                  nothing
 *     ACK (06)               how it is aligned     A altazimuth, P polar, L land: it does not track; no #
 *     :AA# :AP# :AL#         align so              nothing
 *     :TQ# :TS# :TL# :TM#    sidereal, solar, lunar, custom rate   nothing
 *     :ST060.2#              the custom rate, 60.0: once round in 24 hours   0: refused, or another digit
 *     :St+48*08# :Sg348*25#  latitude; longitude WEST of Greenwich, 0 to 360   1 or 0
 *     :SG-01.0#              hours to ADD to local time for UTC     1 or 0
 *     :SL11:05:48#           local time            1 or 0
 *     :SC11/20/26#           local date: month, day, year   0, or 1 and two texts, each of which ends with #
 */
import {
  type ByteWindow,
  type Codec,
  delimited,
  type FrameDecoder,
  type FrameEncoder,
  tcpErrors,
} from '@fairlead/tcp';

const HASH = 0x23;
/** What a mount answers when it is asked where it looks: nothing else may be taken for that. */
export const ANGLES = {
  GR: /^\d\d:\d\d(?::\d\d(?:\.\d+)?|\.\d)$/,
  GD: /^[+-]?\d\d[*:\xdf]\d\d(?:[:']\d\d(?:\.\d+)?)?$/,
} as const;
/** Asks how a mount is aligned. */
export const ACK = '\x06';
const encoder: FrameEncoder<string> = {
  encode(message, sink) {
    if (message !== ACK && !/^[\x20-\x7e]+$/.test(message))
      throw tcpErrors.error('MESSAGE_NOT_ENCODABLE', { codec: 'lx200', reason: 'it holds more than ASCII' });
    sink.text(message);
  },
};

/** Answers that end with `#`, which is cut off. */
export const answers: Codec<string> = {
  name: 'lx200',
  decoder: () => {
    const bytes = delimited({ delimiter: '#', max: 128 }).decoder();
    return { decode: (window) => bytes.decode(window)?.toString('latin1') };
  },
  encoder: () => encoder,
};

/**
 * Answers of one digit or letter.
 * @param texts how many texts, each with a `#` at its end, follow anything but a 0: one for `:MS#`, two for `:SC#`
 */
export function digit(texts: 0 | 1 | 2 = 0): Codec<string> {
  return { name: 'lx200 digit', decoder: () => new DigitDecoder(texts), encoder: () => encoder };
}

class DigitDecoder implements FrameDecoder<string> {
  readonly #texts: number;

  constructor(texts: number) {
    this.#texts = texts;
  }

  decode(window: ByteWindow): string | undefined {
    if (window.length === 0) return window.short(1);
    if (this.#texts === 0 || window.at(0) === 0x30) return window.take(1).toString('latin1');
    let end = -1;
    for (let i = 0; i < this.#texts; i++) {
      end = window.indexOf(HASH, end + 1);
      if (end >= 0) continue;
      if (window.length > 128) throw tcpErrors.error('FRAME_TOO_LARGE', { size: window.length, limit: 128 });
      return window.short(window.length + 1);
    }
    return window
      .take(end + 1)
      .toString('latin1')
      .slice(0, -1);
  }
}

/** Commands as a mount hears them: without `:` and `#`; a stray `#` is passed over. */
export const commands: Codec<string> = {
  name: 'lx200 commands',
  decoder: () => ({
    decode(window) {
      while (window.length > 0 && window.at(0) !== 0x3a && window.at(0) !== 0x06) window.skip(1);
      if (window.length === 0) return window.short(1);
      if (window.at(0) === 0x06) return window.take(1).toString('latin1');
      const end = window.indexOf(HASH);
      if (end < 0) {
        if (window.length > 64) throw tcpErrors.error('FRAME_TOO_LARGE', { size: window.length, limit: 64 });
        return window.short(window.length + 1);
      }
      const text = window.take(end + 1).toString('latin1');
      return text.slice(1, -1);
    },
  }),
  encoder: () => encoder,
};

/** `07:00:00` */
export function hours(value: number): string {
  const seconds = Math.round(value * 3_600) % 86_400;
  return [seconds / 3_600, (seconds / 60) % 60, seconds % 60].map(two).join(':');
}

/** `+30*00:00` */
export function degrees(value: number): string {
  const seconds = Math.round(Math.abs(value) * 3_600);
  const [d, m, s] = [seconds / 3_600, (seconds / 60) % 60, seconds % 60].map(two);
  return `${value < 0 ? '-' : '+'}${d}*${m}:${s}`;
}

/** `+48*08`, for sites. @param digits of the degrees */
export function degreesAndMinutes(value: number, digits: 2 | 3): string {
  const minutes = Math.round(Math.abs(value) * 60);
  const whole = String(Math.floor(minutes / 60)).padStart(digits, '0');
  const sign = digits === 3 ? '' : value < 0 ? '-' : '+';
  return `${sign}${whole}*${two(minutes % 60)}`;
}

function two(value: number): string {
  return String(Math.floor(value)).padStart(2, '0');
}
