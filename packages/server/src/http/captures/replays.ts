/** Captures through profiles of the service again. */
import { allows, type operations, type ReplayLineView } from '@fairlead/api';
import { asFairleadError } from '@fairlead/core';
import {
  type DeviceSetup,
  messagesOf,
  type ProfileDefinition,
  parseProfile,
  Replay,
  type ReplayedFrame,
} from '@fairlead/profiles';
import { type Device, storeErrors } from '@fairlead/store';
import type { z } from 'zod';
import type { Principal } from '../../access/principal.ts';
import { serverErrors } from '../../catalogue.ts';
import { serverLimits } from '../../limits.ts';
import type { ApiContext } from '../context.ts';
import { existing } from '../devices/routes.ts';

type Terms = z.output<(typeof operations.stream.replay)['body']>;

/** Frames after which other work of the process runs. */
const TURN = 64;

export class Replays {
  readonly #context: ApiContext;
  #running = 0;

  constructor(context: ApiContext) {
    this.#context = context;
  }

  /**
   * Resolves when the replay may begin: then its lines follow as they are taken, the last of them with a summary or the reason of a
   * failure. Rejects with CAPTURE_UNKNOWN, PROFILE_UNKNOWN, DEVICE_UNKNOWN, SCOPE_MISSING, REPLAY_DEVICE_MISSING, REPLAYS_FULL, or
   * the error of the script.
   */
  async open(
    id: string,
    terms: Terms,
    principal: Principal | undefined,
  ): Promise<AsyncGenerator<ReplayLineView>> {
    const { captures, profileScripts, store } = this.#context;
    const { payload, of, target } = captures.get(id);
    if (payload === 'all' && principal !== undefined && !allows(principal.scopes, 'admin'))
      throw serverErrors.error('SCOPE_MISSING', {
        scope: 'admin',
        name: principal.name,
        has: principal.scopes.join(', '),
      });
    if (terms.publish && terms.device === undefined) throw serverErrors.error('REPLAY_DEVICE_MISSING');
    const device = terms.device === undefined ? undefined : existing(this.#context, terms.device);
    const profile = this.#profile(terms.profile);
    const limit = serverLimits.values.replays;
    if (this.#running >= limit) throw serverErrors.error('REPLAYS_FULL', { limit });
    const script = profile.script === undefined ? undefined : await profileScripts.load(profile.script);
    const lines = await captures.lines(id);
    const captured = of === 'device' ? store.devices.get(target) : undefined;
    const replay = new Replay({
      profile,
      script,
      setup: (name) => this.#setup(name ?? captured?.name, terms.known),
      frames: terms.frames ?? captured?.protocol === 'official',
      diff: terms.diff,
    });
    return this.#lines(replay, replay.run(lines), terms, device);
  }

  async *#lines(
    replay: Replay,
    told: ReturnType<Replay['run']>,
    { diff, publish }: Terms,
    device: Device | undefined,
  ): AsyncGenerator<ReplayLineView> {
    this.#running++;
    const counts = { published: 0, refused: 0 };
    const target = publish && device !== undefined ? this.#context.replayed.begin(device) : undefined;
    try {
      let count = 0;
      for await (const item of told) {
        if ('difference' in item) yield item.difference as ReplayLineView;
        else {
          if (target !== undefined) {
            const refusals = await target.publish(messagesIn(item.frame), Date.parse(item.frame.at));
            counts.published = target.published;
            counts.refused += refusals.length;
          }
          if (!diff) yield item.frame as ReplayLineView;
        }
        if (++count % TURN === 0) await new Promise(setImmediate);
      }
      yield { summary: { ...replay.summary, ...counts } };
    } catch (error) {
      // The status has been sent.
      const { code, message } = asFairleadError(error);
      yield { failed: { code, message } };
    } finally {
      this.#running--;
    }
  }

  #profile(name: string): ProfileDefinition {
    const files = this.#context.store.profiles.files(name);
    if (files === undefined) throw storeErrors.error('PROFILE_UNKNOWN', { name });
    return parseProfile(files, name);
  }

  /** As the device is set up now. */
  #setup(name: string | undefined, known: boolean): DeviceSetup {
    const { devices } = this.#context.store;
    const device = name === undefined ? undefined : devices.get(name);
    if (device === undefined) return { known };
    const { parameters, secret, identity, type } = device;
    return {
      known,
      parameters,
      secret,
      identity,
      ...(type === 'gateway' && {
        subDeviceOf: (address: string) => devices.byAddress(device.name, address)?.name,
      }),
    };
  }
}

function messagesIn(frame: ReplayedFrame) {
  return messagesOf(frame).map(({ kind, values, time, device }) => ({
    kind,
    json: JSON.stringify(values),
    device,
    ...(time !== undefined && { time: Date.parse(time) }),
  }));
}
