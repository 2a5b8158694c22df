import type { CertificateNaming } from '../admission/certificate.ts';
import type { TakeoverRule, UnknownPolicy } from '../api.ts';
import type { Choice, DetectionTable } from './detect.ts';

/** The settings of a listener that its links need. */
export interface ListenerTerms {
  readonly listener: string;
  /** Largest payload of a packet, bytes. */
  frame: number;
  readonly unknown: UnknownPolicy;
  readonly takeover: TakeoverRule;
  /** Where devices are known by their certificates: which part of one is the name. */
  readonly naming: CertificateNaming | undefined;
  /** The protocol, where there is one only. */
  readonly only: Choice | undefined;
  /** What tells the protocols apart. It changes with their profiles. */
  table: DetectionTable;
}
