export type FocusDirection = 'inward' | 'outward';

/** The capabilities of a focuser. Those that are not set are not shown to clients. */
export interface FocuserOptions {
  /**
   * `absolute`: it knows its position (implement `readPosition` and `moveTo`). `relative`: it counts steps from its
   * present position (`readPosition` and `moveBy`). `timed`: a motor without feedback (`moveFor`). Default `absolute`.
   */
  readonly kind?: 'absolute' | 'relative' | 'timed';
  /** Maximum position, or maximum number of steps of one move. Default 100,000. */
  readonly max?: number;
  /** Its maximum speed, if it has several: speeds are 1 to this. */
  readonly speeds?: number;
  readonly abort?: boolean;
  /** Whether another number can be assigned to the present position. */
  readonly sync?: boolean;
  /** Whether the directions inward and outward can be exchanged. */
  readonly reverse?: boolean;
  /** Whether it compensates the backlash of its gears. */
  readonly backlash?: boolean;
}

export interface FocuserReading {
  /** Steps; absent if it does not know its position. */
  readonly position?: number;
  readonly moving: boolean;
}
