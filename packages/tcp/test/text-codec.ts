import { tcpErrors } from '../src/catalogue.ts';
import type { ByteSink, ByteWindow, Codec, FrameDecoder } from '../src/index.ts';

class Text implements FrameDecoder<string> {
  decode(window: ByteWindow): string | undefined {
    const at = window.indexOf(10);
    if (window.at(0) === 0) throw tcpErrors.error('FRAME_MAGIC_MISMATCH', { expected: 'text', found: '00' });
    return at < 0
      ? window.short(window.length + 1)
      : window
          .take(at + 1)
          .toString()
          .slice(0, -1);
  }
}

/** Lines for the tests of links: the smallest codec that shows everything. */
export const text: Codec<string> = {
  name: 'text',
  decoder: () => new Text(),
  encoder: () => ({ encode: (message: string, sink: ByteSink) => sink.text(`${message}\n`) }),
};
