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

/** A program as it is written in a command; a `*` at its end stands for any characters but `/`. */
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
  cwd: key(path.optional(), 'Folder in which it runs.', { type: 'path', path: true }),
  device: key(
    driverDevice.optional(),
    'Name of its device, for drivers that take one: INDIDEV in its environment.',
    { type: 'text' },
  ),
  config: key(
    path.optional(),
    'File of its configuration instead of ~/.indi/DEVICE_config.xml: INDICONFIG in its environment.',
    { type: 'path', path: true },
  ),
  connect: key(
    z.boolean().prefault(false),
    'Whether its devices are connected when it has started. Whatever it says here: after a driver has ended and was started again, its devices are connected if they were before, and not if a client has disconnected them.',
  ),
  env: key(
    z
      .record(
        z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'a variable has letters, digits and underscores'),
        key(
          z
            .union([z.string(), z.number(), z.boolean()], { error: 'expected text' })
            .transform((value) => String(value))
            .refine((text) => !text.includes('\0'), 'a variable holds no character NUL'),
          'Value of this variable; it is not printed. In the name of the variable that sets it upper and lower case count.',
          { type: 'text', masked: true },
        ),
      )
      .prefault({}),
    'Variables of its environment. Besides, it inherits what programs need to run, such as PATH, HOME, LANG and TZ, and no secrets of the service.',
    { namesAsWritten: true },
  ),
});

export const drivers = z.strictObject({
  listen: key(
    addressOrOff.prefault('off'),
    'Where INDI clients reach all drivers, 127.0.0.1:7624 by custom, or `off`. INDI knows no passwords.',
    { type: 'HOST:PORT or off' },
  ),
  run: key(
    z.record(driverName, driver).prefault({}),
    'Drivers that run here, each in a process of its own, by a name of your choice.',
  ),
  programs: key(
    z.array(driverProgram).max(1_000).prefault([]),
    'Programs that may be started as drivers over the HTTP API (fairlead driver add), as they are written in a command: indi_lx200basic, /srv/drivers/weather, or indi_* for all that begin so. By default none. Drivers under `run` need no entry.',
    { type: 'list of programs' },
  ),
  chain: key(
    z
      .array(chained)
      .max(100)
      .refine((all) => new Set(all).size === all.length, 'a server is named twice')
      .prefault([]),
    'Other INDI servers whose devices are served too: DEVICE@HOST:PORT for one, @HOST for all of port 7624.',
    { type: 'list of addresses' },
  ),
});
