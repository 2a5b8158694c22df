/**
 * Types for scripts: name this file in "files" or "include" of the tsconfig.json beside them, or write
 * `/// <reference types="@fairlead/sandbox/scripts" />`.
 */
declare module 'fairlead:helpers' {
  export * from '@fairlead/sandbox/helpers';
}

/** Registers of Modbus devices by name: `poll`, `uplink` and `downlink` of a profile. */
declare module 'fairlead:modbus' {
  export * from '@fairlead/sandbox/modbus';
}
