/** The INDI wire, without I/O: elements in bytes, messages, numbers, timestamps, BLOBs. */
export { blobData, blobValue } from './blob.ts';
export { type IndiPayload, indiElements } from './codec.ts';
export { type Attributes, RawElement } from './element.ts';
export * from './messages.ts';
export { formatNumber, formatSexagesimal, parseNumber, wireNumber } from './number.ts';
export { messageOf, parseMessage } from './parse.ts';
export { encodeMessage, printMessage } from './print.ts';
export { ElementSplitter, type SplitterOptions } from './splitter.ts';
export { formatTimestamp, parseTimestamp } from './time.ts';
export { parseXml, type XmlElement } from './xml.ts';
