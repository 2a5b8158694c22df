/** A client of any INDI server. */
export { connectIndi, IndiClient, type IndiClientEvents, type IndiClientOptions } from './client.ts';
export type { Change, Element, ElementValue, Property } from './model.ts';
export { PropertyPattern } from './pattern.ts';
export type { NewValues } from './wish.ts';
