import type { ByteSink, Codec, FrameEncoder } from '@fairlead/tcp';
import { RawElement } from './element.ts';
import type { IndiMessage } from './messages.ts';
import { printMessage } from './print.ts';
import { ElementSplitter, type SplitterOptions } from './splitter.ts';

/** A message, an element as received, or bytes that contain complete elements. */
export type IndiPayload = IndiMessage | RawElement | Uint8Array;

/** A codec for links. Frames are elements that are not parsed; `parseMessage` parses one. */
export function indiElements(options: SplitterOptions = {}): Codec<RawElement, IndiPayload> {
  return { name: 'indi', decoder: () => new ElementSplitter(options), encoder: () => ENCODER };
}

const ENCODER: FrameEncoder<IndiPayload> = {
  encode(message: IndiPayload, sink: ByteSink): void {
    if (message instanceof Uint8Array) sink.bytes(message);
    else if (message instanceof RawElement) for (const piece of message.pieces) sink.bytes(piece);
    else printMessage(message, sink);
  },
};
