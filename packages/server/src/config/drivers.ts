/** The section `drivers` of the configuration. */

import { driverCommand, driverDevice, driverName } from '@fairlead/api';
import type { FairleadError } from '@fairlead/core';
import { parseChain } from '@fairlead/indi';
import { z } from 'zod';
import { addressOrOff, key, path } from './key.ts';

export const chained = z.string().superRefine((text, context) => {
  try {
    parseChain(text);
  } catch (error) {
    const { reason } = (error as FairleadError).details;
    context.addIssue({ code: 'custom', message: `expected DEVICE@HOST:PORT or @HOST; ${reason}` });
  }
});

/** A program as it is written in a command; a `*` at its end matches any characters except `/`. */
const driverProgram = z
  .string()
  .max(1_024)
  .regex(/^[^*\0]+\*?$/, 'expected a program, such as indi_lx200basic, indi_* or /srv/drivers/weather');

const driver = z.strictObject({
  command: key(
    driverCommand,
    'Program and arguments: an INDI driver that speaks on stdin and stdout, such as [indi_lx200basic].',
    { type: 'list of words' },
  ),
  cwd: key(path.optional(), 'Working folder of the driver.', { type: 'path', path: true }),
  device: key(
    driverDevice.optional(),
    'Name of the device, for drivers that accept one. It is passed as the environment variable INDIDEV.',
    { type: 'text' },
  ),
  config: key(
    path.optional(),
    'Configuration file of the driver, instead of ~/.indi/DEVICE_config.xml. It is passed as the environment variable INDICONFIG.',
    { type: 'path', path: true },
  ),
  connect: key(
    z.boolean().prefault(false),
    'Whether the devices are connected after the service has started the driver. This key has no effect on a restart of the driver: then devices that were connected before are connected again, and devices that a client has disconnected are not.',
  ),
  env: key(
    z
      .record(
        z
          .string()
          .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'the name of a variable has letters, digits and underscores'),
        key(
          z
            .union([z.string(), z.number(), z.boolean()], { error: 'expected text' })
            .transform((value) => String(value))
            .refine((text) => !text.includes('\0'), 'the value of a variable must not contain NUL'),
          'Value of this variable. It is never printed. The environment variable that sets this key is case-sensitive.',
          { type: 'text', masked: true },
        ),
      )
      .prefault({}),
    'Environment variables of the driver. The driver also inherits the variables that programs need, such as PATH, HOME, LANG and TZ, but no secrets of the service.',
    { namesAsWritten: true },
  ),
});

export const drivers = z.strictObject({
  listen: key(
    addressOrOff.prefault('off'),
    'Address for INDI clients, or `off`. The usual address is 127.0.0.1:7624. INDI has no passwords.',
    { type: 'HOST:PORT or off' },
  ),
  run: key(
    z.record(driverName, driver).prefault({}),
    'Drivers that the service runs, each in a separate process, by a name of your choice.',
  ),
  programs: key(
    z.array(driverProgram).max(1_000).prefault([]),
    'Programs that may be started as drivers through the HTTP API (fairlead driver add), exactly as they are written in the command: indi_lx200basic, /srv/drivers/weather, or indi_* for all programs with this prefix. By default, none. Drivers under `run` need no entry.',
    { type: 'list of programs' },
  ),
  chain: key(
    z
      .array(chained)
      .max(100)
      .refine((all) => new Set(all).size === all.length, 'a server is listed twice')
      .prefault([]),
    'Other INDI servers whose devices are served too: DEVICE@HOST:PORT for one device, @HOST for all devices of port 7624.',
    { type: 'list of addresses' },
  ),
});
