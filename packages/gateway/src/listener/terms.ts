import type { UnknownPolicy } from '../api.ts';
import type { Choice, DetectionTable } from './detect.ts';

/** The settings of a listener that its links need. */
export interface ListenerTerms {
  readonly listener: string;
  /** Largest payload of a packet, bytes. */
  readonly frame: number;
  readonly unknown: UnknownPolicy;
  /** The protocol, where there is one only. */
  readonly only: Choice | undefined;
  /** What tells the protocols apart. It changes with their profiles. */
  table: DetectionTable;
}
