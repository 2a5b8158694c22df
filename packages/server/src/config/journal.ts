/** The section `journal` of the configuration. */

import { sizeOption } from '@fairlead/core';
import { journalLimits } from '@fairlead/journal';
import { z } from 'zod';
import { atLeast, key, path } from './key.ts';

const MIB = 2 ** 20;
/** A segment is read into memory at startup. */
const LARGEST_SEGMENT = 256 * MIB;
const { size, segment } = journalLimits.values;

export const durability = z.enum(['memory', 'journal']);

export const journal = z.strictObject({
  folder: key(
    path.optional(),
    'Folder of the journal. It is created if it does not exist. The default is `journal` in the data folder.',
    { type: 'path', path: true },
  ),
  size: key(
    atLeast(sizeOption, 2 * MIB, '2MiB').prefault(size),
    'Bytes of messages that wait for the bus, at least two segments. When it is full, devices whose listener uses the journal are not read.',
    { type: 'size' },
  ),
  segment: key(
    atLeast(sizeOption, MIB, '1MiB')
      .refine((bytes) => bytes <= LARGEST_SEGMENT, 'expected at most 256MiB')
      .prefault(segment),
    'Size of a file of the journal. It must be larger than the largest message of a device.',
    { type: 'size' },
  ),
  dialled: key(durability.prefault('memory'), 'The `durability` of devices to which Fairlead connects.'),
  origin: key(
    z.enum(['properties', 'payload']).prefault('properties'),
    'Where a journaled message carries its origin (device, epoch, sequence), which all copies of a message share. `properties`: only in the properties of the bus, if it has any; `payload`: also as a last key `_origin` of a JSON object.',
  ),
});
