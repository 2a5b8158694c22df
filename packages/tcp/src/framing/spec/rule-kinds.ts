import { blockKind } from './kinds/block.ts';
import { delimiterKind } from './kinds/delimiter.ts';
import { doubledKind } from './kinds/doubled.ts';
import { fixedKind } from './kinds/fixed.ts';
import { jsonKind } from './kinds/json.ts';
import { lengthKind } from './kinds/length.ts';
import { lineKind } from './kinds/line.ts';
import { literalKind } from './kinds/literal.ts';
import { markersKind } from './kinds/markers.ts';
import { rawKind } from './kinds/raw.ts';
import { sequenceKind } from './kinds/sequence.ts';
import { silenceKind } from './kinds/silence.ts';
import { tableKind } from './kinds/table.ts';
import { tpKind } from './kinds/tp.ts';

/** All kinds of rules, in the order of the documentation. */
export const ruleKinds = [
  rawKind,
  lineKind,
  delimiterKind,
  fixedKind,
  lengthKind,
  tableKind,
  literalKind,
  silenceKind,
  jsonKind,
  tpKind,
  markersKind,
  doubledKind,
  sequenceKind,
  blockKind,
] as const;
