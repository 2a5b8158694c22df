import { gatewayErrors } from '../catalogue.ts';
import type { DownlinkQuery, DownlinkQueue, DownlinkState, KeptDownlink } from '../downlink-ports.ts';
import { gatewayLimits } from '../limits.ts';

const { keptPerDevice, memoryDownlinks } = gatewayLimits.values;

/** Kept downlinks of a gateway without a store: they are lost when the process ends. */
export class MemoryQueue implements DownlinkQueue {
  readonly #all = new Map<string, KeptDownlink>();
  #count = 0;

  async put(fields: Omit<KeptDownlink, 'id'>): Promise<{ downlink: KeptDownlink; added: boolean }> {
    const { device, deviceId, key } = fields;
    const own = [...this.#all.values()].filter((each) => each.deviceId === deviceId);
    const same = key === undefined ? undefined : own.find((each) => each.key === key);
    if (same !== undefined) return { downlink: same, added: false };
    const waiting = own.filter(isUnfinished).length;
    if (waiting >= keptPerDevice)
      throw gatewayErrors.error('DOWNLINKS_WAITING', { device, limit: keptPerDevice });
    this.#makeRoom(device);
    const id = String(++this.#count).padStart(12, '0');
    const downlink = { ...fields, id };
    this.#all.set(id, downlink);
    return { downlink, added: true };
  }

  async save(downlink: KeptDownlink, from: DownlinkState): Promise<boolean> {
    if (this.#all.get(downlink.id)?.state !== from) return false;
    this.#all.set(downlink.id, downlink);
    return true;
  }

  async get(id: string): Promise<KeptDownlink | undefined> {
    return this.#all.get(id);
  }

  hasWaiting(owner: string): boolean {
    if (this.#all.size === 0) return false;
    return this.#find((each) => each.owner === owner && isUnfinished(each)).length > 0;
  }

  async next(owner: string): Promise<KeptDownlink | undefined> {
    return this.#find((each) => each.owner === owner && each.state === 'queued')[0];
  }

  async begun(): Promise<readonly KeptDownlink[]> {
    return this.#find((each) => isUnfinished(each) && each.state !== 'queued');
  }

  async expired(now: number): Promise<readonly KeptDownlink[]> {
    return this.#find((each) => each.state === 'queued' && each.expiresAt <= now);
  }

  async nextExpiry(): Promise<number | undefined> {
    const times = this.#find(({ state }) => state === 'queued').map(({ expiresAt }) => expiresAt);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  async list({
    device,
    state,
    since,
    until,
    before,
    limit,
  }: DownlinkQuery): Promise<readonly KeptDownlink[]> {
    return this.#find(
      (each) =>
        (device === undefined || each.device === device) &&
        (state === undefined || each.state === state) &&
        (since === undefined || each.createdAt >= since) &&
        (until === undefined || each.createdAt < until) &&
        (before === undefined || each.id < before),
    )
      .reverse()
      .slice(0, limit);
  }

  #find(wanted: (downlink: KeptDownlink) => boolean): KeptDownlink[] {
    return [...this.#all.values()].filter(wanted);
  }

  /** Forgets the oldest that is finished. Throws DOWNLINKS_WAITING. */
  #makeRoom(device: string): void {
    if (this.#all.size < memoryDownlinks) return;
    const [finished] = this.#find((each) => !isUnfinished(each));
    if (finished === undefined)
      throw gatewayErrors.error('DOWNLINKS_WAITING', { device, limit: memoryDownlinks });
    this.#all.delete(finished.id);
  }
}

const isUnfinished = ({ finishedAt }: KeptDownlink): boolean => finishedAt === undefined;
