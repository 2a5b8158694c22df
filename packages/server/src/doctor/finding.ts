/** What one check of `fairlead doctor` found. */
export interface Finding {
  /** What was looked at: `disk`, `port http`. */
  readonly check: string;
  readonly state: 'ok' | 'warn' | 'fail';
  /** What is so. */
  readonly detail: string;
  /** What to do; absent if nothing need be done. */
  readonly advice?: string | undefined;
}

export const ok = (check: string, detail: string): Finding => ({ check, state: 'ok', detail });
export const warn = (check: string, detail: string, advice: string): Finding => ({
  check,
  state: 'warn',
  detail,
  advice,
});
export const fail = (check: string, detail: string, advice: string): Finding => ({
  check,
  state: 'fail',
  detail,
  advice,
});
