import { defineLimits } from '@fairlead/core';

export const thingspanelLimits = defineLimits('thingspanel', {
  answer: {
    value: 65_536,
    unit: 'bytes',
    meaning: 'Largest answer of the platform to a look-up. A larger one is THINGSPANEL_ANSWER_INVALID.',
  },
  timeout: {
    value: 10_000,
    unit: 'ms',
    meaning:
      'Time for one look-up at the platform. After it, the look-up fails with THINGSPANEL_UNREACHABLE.',
    option: 'thingspanel.timeout',
  },
  lookUps: {
    value: 32,
    unit: 'items',
    meaning: 'Look-ups at the platform at the same time. More wait.',
  },
  lookUpsWaiting: {
    value: 10_000,
    unit: 'items',
    meaning: 'Look-ups that wait for a free place. With more, a device is refused with THINGSPANEL_BUSY.',
  },
  refusals: {
    value: 10_000,
    unit: 'items',
    meaning: 'Tokens that the platform has refused and that are remembered. The oldest are forgotten first.',
  },
  refusalKept: {
    value: 5_000,
    unit: 'ms',
    meaning: 'Time for which a refused token is refused again without a new look-up.',
  },
  retry: {
    value: 5_000,
    unit: 'ms',
    meaning:
      'After a failed look-up, devices that are known enter at once for this time, by the last answer; then the platform is asked again.',
  },
  devices: {
    value: 100_000,
    unit: 'items',
    meaning:
      'Devices of the platform that are kept. With more, a new one is refused with THINGSPANEL_DEVICES_FULL.',
  },
  saveDelay: {
    value: 200,
    unit: 'ms',
    meaning: 'Time after a change until the file of devices is written.',
  },
  ageDelay: {
    value: 30_000,
    unit: 'ms',
    meaning: 'The same after an answer that only confirmed a device, and after a write that failed.',
  },
  settle: {
    value: 1_000,
    unit: 'ms',
    meaning:
      'Time between a call of the platform about a device and the look-up of that device: the platform may not have stored the change yet.',
  },
  body: {
    value: 65_536,
    unit: 'bytes',
    meaning: 'Largest body of a call of the platform. A larger one is answered with status 413.',
  },
  mentions: {
    value: 100,
    unit: 'items',
    meaning: 'Devices that one call of the platform may name. Others in it are ignored.',
  },
  connections: {
    value: 10_000,
    unit: 'items',
    meaning:
      'MQTT connections of devices to the platform. With more, messages of a device are refused with THINGSPANEL_CONNECTIONS_FULL.',
  },
  connects: {
    value: 50,
    unit: 'items',
    meaning: 'New MQTT connections of devices in one second. More wait.',
  },
  deviceQueue: {
    value: 8 * 2 ** 20,
    unit: 'bytes',
    meaning:
      'Bytes that wait for the MQTT connection of one device. With more, its messages are refused with THINGSPANEL_QUEUE_FULL.',
    overAll: '`thingspanel.queueTotal`',
  },
  queueTotal: {
    value: 32 * 2 ** 20,
    unit: 'bytes',
    meaning: 'Bytes that wait for all MQTT connections of devices. Beyond it, devices are not read.',
  },
  reconnectMin: {
    value: 5_000,
    unit: 'ms',
    meaning:
      'Upper bound of the first random wait before a lost MQTT connection of a device is opened again.',
  },
  reconnectMax: {
    value: 60_000,
    unit: 'ms',
    meaning: 'Upper bound of later waits; each doubles the one before.',
  },
  sweep: {
    value: 1_000,
    unit: 'ms',
    meaning:
      'Time between two looks at the MQTT connections of devices: refused ones, and ones that nobody needs.',
  },
});
