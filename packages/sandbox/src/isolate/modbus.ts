/**
 * `fairlead:modbus`, which scripts import: registers of Modbus devices by name.
 *
 * A map names registers; the plan reads neighbours together; answers become values; values become writes. All of it works on
 * PDUs: profiles add what a transport puts around them. Source: MODBUS Application Protocol Specification V1.1b3.
 */
export * from './modbus/device.ts';
export * from './modbus/map.ts';
export * from './modbus/pdu.ts';
export * from './modbus/plan.ts';
export * from './modbus/write.ts';
