import type { CodePage } from '../../text/code-page.ts';
import type { FrameEncoder, Payload } from '../codec.ts';
import type { PlainLength } from '../length-measure.ts';
import type { Measure } from '../measure.ts';
import type { ParsedRule, RuleKind } from './kind.ts';
import { Checks } from './parts/checks.ts';
import { Matcher } from './parts/match.ts';
import type { PlainEnd } from './shape.ts';

/** A compiled rule, which all decoders and encoders of the codec share. */
export interface Rule {
  readonly index: number;
  readonly kind: string;
  /** Its name, or its kind if it has no name. */
  readonly name: string;
  readonly matcher: Matcher | undefined;
  /** Only for the first frame of a link. */
  readonly first: boolean;
  readonly send: boolean;
  readonly discard: boolean;
  /** Whether the rules after it are tried if a frame does not follow it. */
  readonly next: boolean;
  /** Bytes to strip from each frame; `MEASURED`: the measure determines it. */
  readonly head: number;
  readonly tail: number;
  readonly endsWith: Buffer | undefined;
  readonly check: Checks | undefined;
  readonly onBadChecksum: 'close' | 'drop' | 'flag';
  /** Bytes with which checksums can be tested before the frame is complete; undefined: only complete frames are tested. */
  readonly early: number | undefined;
  readonly hasContent: boolean;
  readonly plain: PlainLength | undefined;
  readonly delimited: PlainEnd | undefined;
  readonly shared: boolean;
  readonly idleMs: number | undefined;
  readonly cost: number;
  /** Whether its frames can be distinguished from other bytes: by their first bytes or a checksum. */
  readonly anchored: boolean;
  /** Whether its frames may contain others of their kind. */
  readonly nests: boolean;
  measure(): Measure;
  encoder(): FrameEncoder<Payload>;
}

/** A compiled spec. */
export interface CompiledSpec {
  /** Rules of what is received, and of what is sent. */
  readonly rules: readonly Rule[];
  readonly sent: readonly Rule[];
  /** Bytes that may be skipped in search of the next frame; undefined: bytes that no rule matches end the link. */
  readonly resync: number | undefined;
  /** Milliseconds after which an incomplete frame is skipped; undefined: no limit. */
  readonly frameTimeout?: number | undefined;
  /** Milliseconds without a byte after which an incomplete frame is skipped; undefined: none. */
  readonly silence?: number | undefined;
}

/** Throws an `Error` with the reason if keys contradict each other. */
export function compileRule(kind: RuleKind, rule: ParsedRule, index: number, page?: CodePage): Rule {
  const shape = kind.shape(rule, page);
  const check = Checks.of(rule);
  const hasContent = shape.hasContent ?? false;
  if (check?.readsContent && !hasContent)
    throw new Error('a checksum over "content" goes with kinds that have marks, and without "whole"');
  const matcher = Matcher.of(rule.match, shape.implied);
  return {
    index,
    kind: rule.kind,
    name: rule.name ?? rule.kind,
    matcher,
    first: rule.first,
    send: rule.send ?? false,
    discard: rule.discard,
    next: rule.onMismatch === 'next',
    head: shape.head ?? 0,
    tail: shape.tail ?? 0,
    endsWith: shape.endsWith,
    check,
    onBadChecksum: rule.onBadChecksum ?? 'close',
    early: earlyCheck(check, shape.decided),
    hasContent,
    plain: shape.plain,
    delimited: shape.delimited,
    shared: shape.shared ?? false,
    idleMs: shape.idleMs,
    cost: shape.cost ?? 0,
    anchored: matcher !== undefined || check !== undefined || (shape.anchored ?? false),
    nests: shape.nests ?? false,
    measure: shape.measure,
    encoder: shape.encoder,
  };
}

/**
 * An early test must not come before an error of the size: it waits until the size is decided. So the error is the same
 * whatever the chunks.
 */
function earlyCheck(check: Checks | undefined, decided: number | undefined): number | undefined {
  const isEarly = check !== undefined && decided !== undefined && decided <= check.reach;
  return isEarly && Number.isFinite(check.reach) ? check.reach : undefined;
}
