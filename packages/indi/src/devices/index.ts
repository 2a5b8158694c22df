/** Kinds of devices with INDI's standard property sets. */
export { Focuser } from './focuser/focuser.ts';
export type * from './focuser/options.ts';
export { PeriodicDevice } from './periodic-device.ts';
export { type Reading, SensorDevice } from './sensor-device.ts';
export type * from './telescope/options.ts';
export { Telescope } from './telescope/telescope.ts';
export { WeatherDevice, type WeatherParameter } from './weather-device.ts';
