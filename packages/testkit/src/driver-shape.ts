/** The last known state of a property, as `DriverTalk` of `@fairlead/indi` returns it. */
export interface SuiteVector {
  readonly tag: string;
  readonly device: string;
  readonly name: string;
  readonly type: string;
  readonly state?: string | undefined;
  readonly perm?: string | undefined;
  readonly rule?: string | undefined;
  readonly members: readonly {
    readonly name: string;
    readonly value?: unknown;
    readonly min?: number;
    readonly max?: number;
  }[];
}

const STATES: readonly unknown[] = ['Idle', 'Ok', 'Busy', 'Alert'];
/** Longest name in characters: the buffer size of the C library without the final zero. */
const LONGEST_NAME = 63;

/** The mistakes in a definition; empty if it is well formed. */
export function shapeFaults(vector: SuiteVector): string[] {
  const { name, type, state, perm, rule, members } = vector;
  const faults: string[] = [];
  const must = (holds: boolean, what: string): void => {
    if (!holds) faults.push(`${name}: ${what}`);
  };
  must(STATES.includes(state), `not a state of INDI: ${state}`);
  must(type === 'Light' || ['ro', 'wo', 'rw'].includes(perm ?? ''), `not a permission of INDI: ${perm}`);
  must(members.length > 0, 'no members');
  must(
    new Set(members.map((member) => member.name)).size === members.length,
    'two members have the same name',
  );
  for (const each of [name, ...members.map((member) => member.name)])
    must(each.length > 0 && each.length <= LONGEST_NAME, `a name too long for C++: ${each}`);
  // A measured value may be outside the range; the range applies to values that clients request.
  if (type === 'Number' && perm !== 'ro')
    for (const { name: member, value, min = 0, max = 0 } of members) {
      const bounded = min < max;
      const within = typeof value === 'number' && value >= min && value <= max;
      must(!bounded || within, `${member} is ${value}, not between ${min} and ${max}`);
    }
  if (type === 'Switch') {
    const on = members.filter(({ value }) => value === true).length;
    must(rule !== 'OneOfMany' || on === 1, `${on} switches of one of many are on`);
    must(rule !== 'AtMostOne' || on <= 1, `${on} switches of at most one are on`);
  }
  return faults;
}
