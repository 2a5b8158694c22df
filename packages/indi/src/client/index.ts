/** A client of any INDI server. */
export { connectIndi, IndiClient, type IndiClientEvents, type IndiClientOptions } from './client.ts';
export type { Change, Element, ElementValue, Property } from './model.ts';
export type { NewValues } from './new-vector.ts';
export { PropertyPattern } from './pattern.ts';
