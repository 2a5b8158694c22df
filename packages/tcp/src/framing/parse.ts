import { codePage } from '../text/code-page.ts';
import type { Codec, Payload } from './codec.ts';
import { codecOfRules, type DetailedFrame, detailedCodecOfRules } from './spec/decoder.ts';
import { HeadPattern } from './spec/head-pattern.ts';
import type { CompiledSpec } from './spec/rule.ts';
import { ruleKinds } from './spec/rule-kinds.ts';
import type { FramingSpec } from './spec/schema.ts';
import { SpecParser } from './spec/spec-parser.ts';

const parser = new SpecParser(ruleKinds);

/**
 * The codec of a framing as people write it, the same on the command line, in the API and in a configuration.
 *
 *     raw  raw:N         bytes as they arrive, in pieces of at most N
 *     line  line:N       text lines of at most N bytes
 *     fixed:N            N bytes each
 *     length:N           a big-endian length of N bytes before each frame
 *     json  tp           JSON values; packets of the official protocol
 *     {"rules": [...]}   a framing spec, as text or as an object
 *
 * Frames are `Buffer`s, or {@link DetailedFrame}s. Throws `FRAMING_SPEC_INVALID` with the reason.
 */
export function parseFraming(framing: string | object, options: FramingOptions & Detailed): DetailedCodec;
export function parseFraming(framing: string | object, options?: FramingOptions): Codec<Buffer, Payload>;
export function parseFraming(
  framing: string | object,
  options: FramingOptions = {},
): Codec<Buffer, Payload> | DetailedCodec {
  return codecOf(parser.parse(framing, pageOf(options)), options);
}

/**
 * The first bytes of a connection that uses a framing, by the conditions of its rules. A framing with a rule that anything
 * matches fits every connection, with the weight 0. Throws `FRAMING_SPEC_INVALID`.
 */
export function headOfFraming(framing: string | object): HeadPattern {
  const { rules } = parser.parse(framing);
  const framed = rules.filter(({ discard }) => !discard);
  return new HeadPattern(framed.map(({ matcher }) => matcher));
}

export interface FramingOptions {
  /** Which rules decode: those of what is received (default), or those of what this side sends. */
  readonly direction?: 'received' | 'sent';
  /**
   * Encoding of the text in frames, by any usual name: `line` finds the line ends of that encoding. Default: line ends are
   * the bytes 0d and 0a. Throws `CODE_PAGE_UNKNOWN`.
   */
  readonly encoding?: string | undefined;
  /** True: frames come with their offset, raw bytes, rule and checksum result. Default false: frames are plain bytes. */
  readonly detailed?: boolean;
}

type Detailed = { readonly detailed: true };
type DetailedCodec = Codec<DetailedFrame, Payload>;

/**
 * The codec of a framing spec. It encodes by the rules of the direction that it does not decode.
 * Throws `FRAMING_SPEC_INVALID` with the rule, the key and the reason.
 */
export function framingFromSpec(spec: FramingSpec, options: FramingOptions & Detailed): DetailedCodec;
export function framingFromSpec(spec: FramingSpec, options?: FramingOptions): Codec<Buffer, Payload>;
export function framingFromSpec(
  spec: FramingSpec,
  options: FramingOptions = {},
): Codec<Buffer, Payload> | DetailedCodec {
  return codecOf(parser.compile(spec, pageOf(options)), options);
}

const pageOf = ({ encoding }: FramingOptions) => (encoding === undefined ? undefined : codePage(encoding));

function codecOf(
  compiled: CompiledSpec,
  { direction = 'received', detailed = false }: FramingOptions,
): Codec<Buffer, Payload> | DetailedCodec {
  const { rules, sent } = compiled;
  const spec = direction === 'received' ? compiled : { ...compiled, rules: sent, sent: rules };
  return detailed ? detailedCodecOfRules(spec) : codecOfRules(spec);
}
