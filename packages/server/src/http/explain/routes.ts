import { operations } from '@fairlead/api';
import type { Clock } from '@fairlead/core';
import {
  type DecodedLine,
  Explainer,
  type LinkTerms,
  ProfileLink,
  parseProfile,
  readParameters,
} from '@fairlead/profiles';
import { type Device, storeErrors } from '@fairlead/store';
import type { z } from 'zod';
import { serverErrors } from '../../catalogue.ts';
import { serverLimits } from '../../limits.ts';
import type { Api, ApiContext } from '../context.ts';
import { existing } from '../devices/routes.ts';
import { routeOf } from '../route.ts';

type Request = z.output<typeof operations.explain.run.body>;
type Parts = Pick<ApiContext, 'store' | 'gateway' | 'profileScripts' | 'clock'>;

export function explainRoutes(api: Api, context: Parts): void {
  const { explainsWaiting: most } = serverLimits.values;
  let waiting = 0;
  let last: Promise<unknown> = Promise.resolve();

  api.route({
    ...routeOf(operations.explain.run),
    handler: async ({ body }) => {
      if (waiting > most) throw serverErrors.error('EXPLAIN_BUSY', { waiting: most });
      waiting++;
      const done = last.then(() => explained(body, context)).finally(() => waiting--);
      last = done.catch(() => {}); // told by the answer to its own request
      return { frames: (await done) as never };
    },
  });
}

async function explained(request: Request, context: Parts): Promise<DecodedLine[]> {
  const { definition, terms } = subject(request, context);
  const bytes = bytesOf(request, context);
  const { script: source } = definition;
  const script =
    source === undefined ? undefined : await context.profileScripts.load(source, { trial: true });
  const explainer = new Explainer(definition, script, context.clock as Clock);
  let frames = 0;
  const link = new ProfileLink(definition, script, {
    ...terms,
    explain: async (seen) =>
      ++frames > serverLimits.values.explainFrames ? undefined : await explainer.explain(seen),
  });
  const now = context.clock.now();
  if (request.of === 'payload') return [await link.frame(bytes, now)];
  return [...(await link.push(bytes, now)), ...(await link.end(now))];
}

type Definition = ConstructorParameters<typeof ProfileLink>[0] &
  ConstructorParameters<typeof Explainer>[0] & { readonly script?: string | undefined };

/** The profile, and how the device is set up. Throws EXPLAIN_INPUT_INVALID, PROFILE_UNKNOWN, DEVICE_UNKNOWN or PARAMETER_INVALID. */
function subject(
  { profile, device: name, parameters = {} }: Request,
  context: Parts,
): { definition: Definition; terms: LinkTerms } {
  if ((profile === undefined) === (name === undefined))
    throw serverErrors.error('EXPLAIN_INPUT_INVALID', { reason: 'it needs either "profile" or "device"' });
  if (profile !== undefined) {
    const definition = named(profile, context);
    return { definition, terms: { parameters: readParameters(definition, parameters) } };
  }
  const device = existing(context, name as string);
  const definition = device.profile.name === undefined ? own(device) : named(device.profile.name, context);
  const { identity, secret } = device;
  const states = context.gateway.scriptStates(device.name);
  const set = { ...device.parameters, ...parameters };
  return { definition, terms: { known: true, identity, secret, parameters: set, ...states } };
}

function named(name: string, { store }: Parts) {
  const { 'examples.json': _, ...files } = store.profiles.files(name) ?? {};
  if (files['profile.yaml'] === undefined) throw storeErrors.error('PROFILE_UNKNOWN', { name });
  return parseProfile(files, name);
}

/** Of a device with a definition of its own. */
function own({ name, protocol, profile: { framing, uplink: script } }: Device): Definition {
  return {
    name,
    framing: framing ?? (protocol === 'official' ? 'tp' : 'raw'),
    script,
    identity: { by: 'none' },
    parameters: {},
    secret: 'none',
    poll: undefined,
    fields: {},
  };
}

/** Throws EXPLAIN_INPUT_INVALID. */
function bytesOf({ hex, message: id, device }: Request, { store }: Parts): Buffer {
  const refuse = (reason: string) => serverErrors.error('EXPLAIN_INPUT_INVALID', { reason });
  if ((hex === undefined) === (id === undefined)) throw refuse('it needs either "hex" or "message"');
  if (hex !== undefined) return Buffer.from(hex.replaceAll(/\s/g, ''), 'hex');
  if (device === undefined) throw refuse('"message" is one of a device, which "device" names');
  const [found] = store.messages.list({ device, before: (id as number) + 1, limit: 1 });
  if (found === undefined || found.id !== id) throw refuse(`the device has no message ${id}, or no longer`);
  if (found.kind !== 'raw') throw refuse(`message ${id} is values; only those of the kind raw are bytes`);
  return Buffer.from(found.payload);
}
