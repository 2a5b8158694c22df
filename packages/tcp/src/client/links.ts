import type { Link } from '../link/link.ts';

/** The links of a client, one after another. */
export interface Links<In> {
  /** Resolves with the ready link. Rejects if there will be none. */
  current(signal: AbortSignal | undefined): Promise<Readable<In>>;
  /** Resolves when the client has noticed the end of this link. */
  left(link: Readable<In>, signal: AbortSignal | undefined): Promise<void>;
  /** Whether the error means that the client was closed gracefully. */
  ended(error: unknown): boolean;
}

type Readable<In> = Pick<Link<In, never>, 'receive' | 'batches' | 'cause'>;

/** The next frame, from the current link or a later one. */
export async function receiveOver<In>(links: Links<In>, signal: AbortSignal | undefined): Promise<In> {
  for (;;) {
    const link = await links.current(signal);
    try {
      return await link.receive(signal === undefined ? {} : { signal });
    } catch (error) {
      if (error !== link.cause) throw error;
      await links.left(link, signal);
    }
  }
}

/** Frames in batches, over all links. */
export async function* batchesOver<In>(
  links: Links<In>,
  signal: AbortSignal | undefined,
): AsyncGenerator<In[], void, undefined> {
  for (;;) {
    let link: Readable<In>;
    try {
      link = await links.current(signal);
    } catch (error) {
      if (links.ended(error)) return;
      throw error;
    }
    try {
      yield* link.batches(signal === undefined ? {} : { signal });
    } catch (error) {
      if (error !== link.cause) throw error;
    }
    await links.left(link, signal);
  }
}
