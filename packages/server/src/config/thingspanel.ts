/** The section `thingspanel` of the configuration, for `preset: thingspanel`. */

import { thingspanelLimits } from '@fairlead/thingspanel';
import { z } from 'zod';
import { busKinds } from './bus-kinds.ts';
import { duration, SECOND } from './duration.ts';
import { ADDRESS_RANGE, addressOrOff, isAddressRange, key } from './key.ts';

const PLATFORM_URL = 'expected http://HOST[:PORT] or https://HOST[:PORT], without user and password';

export const preset = z.enum(['thingspanel']);

export const thingspanel = z.strictObject({
  platform: key(
    z
      .string()
      .regex(/^https?:\/\/[^@\s?#]+$/, PLATFORM_URL)
      .refine((text) => URL.canParse(text), PLATFORM_URL)
      .optional(),
    'Address of the ThingsPanel backend, which is asked about each device that connects. Required with the preset.',
    { type: 'URL' },
  ),
  timeout: key(
    duration(SECOND, '1s').prefault(thingspanelLimits.values.timeout),
    'Time for the answer of the backend about a device. The device waits meanwhile.',
    { type: 'duration' },
  ),
  cache: key(
    z
      .strictObject({
        fresh: key(
          duration(0, '0s').prefault('1m'),
          'Time for which an answer about a device is used again without asking. ThingsPanel tells changes by itself.',
          { type: 'duration' },
        ),
        stale: key(
          duration(0, '0s').prefault('7d'),
          'Age up to which the last answer about a device is used while the backend does not answer. 0s: no device enters then.',
          { type: 'duration' },
        ),
      })
      .prefault({}),
    'How long answers of the backend are used.',
  ),
  connections: key(
    z.enum(['device', 'shared']).prefault('device'),
    'How messages of the official protocol reach the broker. `device`: over one MQTT connection a device, with its token as the user name, as the upstream service does. `shared`: over one connection for all, with the token in the body, as those of the custom protocol always do.',
  ),
  mqtt: key(
    busKinds.mqtt,
    'The MQTT broker of ThingsPanel, with the user of the service. `url` is required with the preset.',
  ),
  http: key(
    z
      .strictObject({
        official: key(
          addressOrOff.prefault('127.0.0.1:8089'),
          'Address for the calls of ThingsPanel about devices of the official protocol, or `off`.',
          { type: 'HOST:PORT or off' },
        ),
        custom: key(
          addressOrOff.prefault('127.0.0.1:8000'),
          'Address for the calls of ThingsPanel about devices of the custom protocol, or `off`.',
          { type: 'HOST:PORT or off' },
        ),
        allow: key(
          z.array(z.string().refine(isAddressRange, ADDRESS_RANGE)).min(1).max(1_000).optional(),
          'Addresses and ranges (CIDR) of the ThingsPanel backend. ThingsPanel sends no password, so this list is required if one of the addresses is not loopback.',
          { type: 'list of addresses' },
        ),
      })
      .prefault({}),
    'The ports that ThingsPanel calls.',
  ),
});
