import { type IdentifyResult, numbered, type PollRequest } from '@fairlead/profiles';
import type {
  Device,
  DownlinkInput,
  Script,
  ScriptContext,
  SentByScript,
  StateChange,
  UplinkResult,
} from '../ports.ts';
import type { DeviceStates } from './device-states.ts';

/** Whose link it is. */
interface Caller {
  readonly device: Device;
  /** What its first frames said it is. */
  readonly reported: string | undefined;
  readonly link: { readonly id: string };
}

/**
 * The calls that one link makes of its scripts, and what these keep. Calls of a script that looks at its states are made one
 * after another, each with the states that the last one left; others overlap.
 */
export class ScriptCalls {
  readonly #caller: Caller;
  readonly #states: DeviceStates;
  /** State of the link, as JSON text. */
  #state: string | undefined;
  /** The end of all calls so far. */
  #last: Promise<unknown> | undefined;
  /** What each call of a device gets, and the device that it is for. */
  #settings: { readonly of: Device; readonly fields: Partial<ScriptContext> | undefined } | undefined;
  /** Requests that had a number. */
  #numbers = 0;

  constructor(caller: Caller, states: DeviceStates, state: string | undefined) {
    this.#caller = caller;
    this.#states = states;
    this.#state = state;
  }

  /** What a call would get now, as JSON texts: copies, for trials. */
  get states(): { readonly state: string | undefined; readonly deviceState: string | undefined } {
    return { state: this.#state, deviceState: this.#states.get(this.#caller.device) };
  }

  /**
   * Never rejects: each frame has its result or its error.
   *
   * @param request JSON text of the request that the frames answer
   */
  async uplink(
    script: Script,
    frames: readonly Uint8Array[],
    topic: string,
    time: number,
    request?: string,
  ): Promise<readonly UplinkResult[]> {
    const call = (context: ScriptContext) =>
      script.uplink(frames, request === undefined ? context : { ...context, request });
    return (await this.#call(script, call, topic, time)).results;
  }

  /** Rejects with a catalogue error when the script fails. */
  async downlink(script: Script, input: DownlinkInput, topic: string, time: number): Promise<SentByScript> {
    const call = (context: ScriptContext) => script.downlink(input, context);
    const sent = await this.#call(script, call, topic, time);
    if (sent.requests?.some(({ sequence }) => sequence !== undefined) !== true) return sent;
    const requests = sent.requests.map((request) => this.numbered(request));
    return { bytes: requests.map(({ send }) => send), requests };
  }

  /** The request with the next number, where it has one. */
  numbered<R extends Parameters<typeof numbered>[0]>(request: R): R {
    return request.sequence === undefined ? request : numbered(request, ++this.#numbers);
  }

  /** What the device is asked now, and whether a state was looked at for it. Rejects with a catalogue error when the script fails. */
  async poll(
    script: Script,
    topic: string,
    time: number,
  ): Promise<{ readonly requests: readonly PollRequest[]; readonly used?: boolean | undefined }> {
    if (script.poll === undefined) return { requests: [] };
    const call = (context: ScriptContext) => (script.poll as NonNullable<Script['poll']>)(context);
    return this.#call(script, call, topic, time);
  }

  /** What a frame says about its device. It leaves the states as they are. Rejects as {@link downlink} does. */
  async identify(script: Script, frame: Uint8Array, time: number): Promise<IdentifyResult | undefined> {
    const context = { ...this.#context('', time), state: this.#state };
    return (await script.identify(frame, context)).result;
  }

  #call<T extends StateChange>(
    script: Script,
    call: (context: ScriptContext) => Promise<T>,
    topic: string,
    time: number,
  ): Promise<T> {
    const before = this.#last;
    const done = this.#attempt(script, call, topic, time, before);
    const last = before === undefined ? done : Promise.allSettled([before, done]);
    this.#last = last;
    const forget = () => {
      if (this.#last === last) this.#last = undefined;
    };
    last.then(forget, forget);
    return done;
  }

  /**
   * Calls a script that keeps no state at once, without the states. Where it turns out to look at one, the call is made again
   * with the states, after all calls before it.
   *
   * @param before the end of these
   */
  async #attempt<T extends StateChange>(
    script: Script,
    call: (context: ScriptContext) => Promise<T>,
    topic: string,
    time: number,
    before: Promise<unknown> | undefined,
  ): Promise<T> {
    if (!script.keepsState) {
      try {
        const result = await call(this.#context(topic, time));
        if (result.used !== true) return result;
      } catch (error) {
        if (!script.keepsState) throw error;
      }
    }
    await before?.catch(() => {});
    const { device } = this.#caller;
    const deviceState = this.#states.get(device);
    const result = await call({ ...this.#context(topic, time), state: this.#state, deviceState });
    if (result.state !== undefined) this.#state = result.state;
    if (result.deviceState !== undefined) this.#states.set(device, result.deviceState);
    return result;
  }

  #context(topic: string, time: number): ScriptContext {
    const { device } = this.#caller;
    if (this.#settings?.of !== device) this.#settings = { of: device, fields: this.#fieldsOf(device) };
    return { device: device.name, type: device.type, topic, time, ...this.#settings.fields };
  }

  /** Nothing for a device that is known by its token and has no settings. */
  #fieldsOf({ profile, parameters, secret }: Device): Partial<ScriptContext> | undefined {
    const { reported, link } = this.#caller;
    const values = { ...profile.parameters, ...parameters };
    const isSet = Object.keys(values).length > 0;
    const known = (profile.secret ?? 'none') === 'none' ? undefined : secret;
    if (reported === undefined && !isSet && known === undefined) return undefined;
    return {
      identity: reported,
      link: link.id,
      parameters: isSet ? JSON.stringify(values) : undefined,
      secret: known,
    };
  }
}
