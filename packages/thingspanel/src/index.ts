/** The ThingsPanel preset: Fairlead in the place of the platform's TCP device connectivity service. */
export { thingspanelErrors } from './catalogue.ts';
export { thingspanelLimits } from './limits.ts';
export type { Fleet, FleetDevice, Links } from './ports.ts';
export {
  type CallAnswer,
  openThingsPanel,
  type ThingsPanel,
  type ThingsPanelOptions,
} from './thingspanel.ts';
