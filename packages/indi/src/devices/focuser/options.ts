export type FocusDirection = 'inward' | 'outward';

/** What a focuser can do. Whatever is not named here is not shown to clients. */
export interface FocuserOptions {
  /**
   * `absolute`: it knows its position (implement `readPosition` and `moveTo`). `relative`: it counts steps from wherever
   * it is (`readPosition` and `moveBy`). `timed`: a motor without any feedback (`moveFor`). Default `absolute`.
   */
  readonly kind?: 'absolute' | 'relative' | 'timed';
  /** Largest position, or most steps at a time. Default 100,000. */
  readonly max?: number;
  /** Its fastest speed, where it has several: they are 1 to this. */
  readonly speeds?: number;
  readonly abort?: boolean;
  /** Whether the present position can be given another number. */
  readonly sync?: boolean;
  /** Whether inward and outward can be exchanged. */
  readonly reverse?: boolean;
  /** Whether it makes up for the play of its gears. */
  readonly backlash?: boolean;
}

export interface FocuserReading {
  /** Steps; absent where it does not know them. */
  readonly position?: number;
  readonly moving: boolean;
}
