/*
 * Meade's LX200 commands, as far as goto, sync, abort and parking need them.
 *
 *     :GR# :GD#              where it looks        06:00:00#  +45*00:00#   (or short: 06:00.0#  +45*00#)
 *     :Sr07:00:00# :Sd+30*00:00#   the target      1 or 0, no #
 *     :MS#                   goto                  0, or 1 and a text that ends with #
 *     :CM#                   sync to the target    a text that ends with #
 *     :Q# :Qn# ... :Mn# ...  stop, move            nothing
 *     :D#                    bars while it slews   | ... #
 *     :hP#                   park                  nothing
 */
import type { ByteWindow, Codec, FrameDecoder, FrameEncoder } from '@fairlead/tcp';
import { delimited, tcpErrors } from '@fairlead/tcp';

const HASH = 0x23;
const encoder: FrameEncoder<string> = {
  encode(message, sink) {
    if (!/^[\x20-\x7e]+$/.test(message))
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

/** Answers of one digit; after a 1 from `:MS#` a text follows, which says why not. */
export function digit(withReason = false): Codec<string> {
  return { name: 'lx200 digit', decoder: () => new DigitDecoder(withReason), encoder: () => encoder };
}

class DigitDecoder implements FrameDecoder<string> {
  readonly #withReason: boolean;

  constructor(withReason: boolean) {
    this.#withReason = withReason;
  }

  decode(window: ByteWindow): string | undefined {
    if (!this.#withReason || window.at(0) === 0x30) return window.take(1).toString('latin1');
    const end = window.indexOf(HASH);
    if (end < 0) {
      if (window.length > 128) throw tcpErrors.error('FRAME_TOO_LARGE', { size: window.length, limit: 128 });
      return window.short(window.length + 1);
    }
    const text = window.take(end).toString('latin1');
    window.skip(1);
    return text;
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

function two(value: number): string {
  return String(Math.floor(value)).padStart(2, '0');
}
