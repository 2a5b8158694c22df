/** Kinds of devices with INDI's standard property sets. */
export { Focuser, type FocuserOptions, type FocuserReading } from './focuser.ts';
export { PeriodicDevice } from './periodic-device.ts';
export { type Reading, SensorDevice } from './sensor-device.ts';
export {
  type Direction,
  type Position,
  Telescope,
  type TelescopeOptions,
  type TelescopeState,
  type TrackMode,
} from './telescope.ts';
export { WeatherDevice, type WeatherParameter } from './weather-device.ts';
