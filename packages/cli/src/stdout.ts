/** Stdout without silent losses: each byte is written, or the reason is known. */
import { fstatSync, writeSync } from 'node:fs';

interface Stdout {
  /** Set once something could not be written. */
  readonly failure: NodeJS.ErrnoException | undefined;
  /** Calls `done` after the bytes are written or the write has failed. */
  write(bytes: Uint8Array | string, done?: () => void): void;
  /** Resolves when everything is written or a write has failed. */
  settled(): Promise<void>;
}

type Failed = (error: NodeJS.ErrnoException) => void;

/** @param failed called once, with the first failure */
export function openStdout(stream: NodeJS.WriteStream & { readonly fd: number }, failed: Failed): Stdout {
  return isFile(stream) ? new FileStdout(stream.fd, failed) : new StreamStdout(stream, failed);
}

/** A file, or a device such as /dev/full. */
function isFile({ isTTY, fd }: { readonly isTTY?: boolean; readonly fd: number }): boolean {
  if (isTTY) return false;
  try {
    const stat = fstatSync(fd);
    return stat.isFile() || stat.isCharacterDevice() || stat.isBlockDevice();
  } catch {
    return false;
  }
}

/** The file stream of Node ignores a partial write on a full disk. */
class FileStdout implements Stdout {
  failure: NodeJS.ErrnoException | undefined;
  readonly #fd: number;
  readonly #failed: Failed;

  constructor(fd: number, failed: Failed) {
    this.#fd = fd;
    this.#failed = failed;
  }

  write(bytes: Uint8Array | string, done?: () => void): void {
    const all = typeof bytes === 'string' ? Buffer.from(bytes) : bytes;
    try {
      for (let at = 0; at < all.length && this.failure === undefined; )
        at += writeSync(this.#fd, all, at, all.length - at);
    } catch (error) {
      this.failure = error as NodeJS.ErrnoException;
      this.#failed(this.failure);
    }
    done?.();
  }

  async settled(): Promise<void> {}
}

/** A terminal, a pipe or a socket. */
class StreamStdout implements Stdout {
  failure: NodeJS.ErrnoException | undefined;
  readonly #stream: NodeJS.WriteStream;

  constructor(stream: NodeJS.WriteStream, failed: Failed) {
    this.#stream = stream;
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (this.failure !== undefined) return;
      this.failure = error;
      failed(error);
    });
  }

  write(bytes: Uint8Array | string, done?: () => void): void {
    if (this.failure !== undefined) done?.();
    else this.#stream.write(bytes, () => done?.());
  }

  /** A failure is reported after the callback of the failed write. */
  settled(): Promise<void> {
    return new Promise((resolve) => this.write('', () => setImmediate(resolve)));
  }
}
