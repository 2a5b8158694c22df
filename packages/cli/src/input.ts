import { open } from 'node:fs/promises';
import { isFairleadError } from '@fairlead/core';
import { cliErrors } from './catalogue.ts';
import { cliLimits } from './limits.ts';
import type { Terminal } from './terminal.ts';

/** The text of a file, or of stdin for `-`. Throws `FILE_UNREADABLE` or `INPUT_TOO_LARGE`. */
export async function readInput(
  path: string,
  terminal: Terminal,
  limit = cliLimits.values.input,
): Promise<string> {
  if (path === '-') return gather(terminal.stdin, 'stdin', limit);
  try {
    await using file = await open(path);
    return await gather(file.createReadStream({ autoClose: false }), path, limit);
  } catch (error) {
    throw isFairleadError(error) ? error : unreadable(path, error);
  }
}

/** All bytes of stdin. Throws `INPUT_TOO_LARGE`. */
export function readStdin({ stdin }: Terminal, limit = cliLimits.values.input): Promise<Buffer> {
  return bytesOf(stdin, 'stdin', limit);
}

/** A JSON value given on the command line, or on stdin for `-`. Throws `INPUT_NOT_JSON`. */
export async function readJson(text: string, terminal: Terminal): Promise<unknown> {
  const source = text === '-' ? await readInput('-', terminal) : text;
  try {
    return JSON.parse(source);
  } catch (error) {
    throw cliErrors.error('INPUT_NOT_JSON', { reason: (error as Error).message }, error);
  }
}

/** The error of a file that cannot be read. */
export function unreadable(path: string, error: unknown): Error {
  const words: Readonly<Record<string, string>> = {
    ENOENT: 'the file does not exist',
    EACCES: 'this user cannot read it',
    EISDIR: 'it is a folder',
  };
  return cliErrors.error('FILE_UNREADABLE', { path, reason: inWords(error, words) }, error);
}

/** The error of a file or folder that cannot be created. */
export function unwritable(path: string, error: unknown): Error {
  const words: Readonly<Record<string, string>> = {
    ENOENT: 'the folder does not exist',
    EACCES: 'this user cannot write there',
    EEXIST: 'a file exists where a folder is needed',
    ENOTDIR: 'a file exists where a folder is needed',
    EROFS: 'the file system is read-only',
    ENOSPC: 'the disk is full',
  };
  return cliErrors.error('FILE_UNWRITABLE', { path, reason: inWords(error, words) }, error);
}

/** The error of output that cannot be written. */
export function outputFailed(error: unknown): Error {
  const words: Readonly<Record<string, string>> = {
    ENOSPC: 'the disk is full',
    EIO: 'an input/output error occurred',
  };
  return cliErrors.error('OUTPUT_FAILED', { reason: inWords(error, words) }, error);
}

function inWords(error: unknown, words: Readonly<Record<string, string>>): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return words[code ?? ''] ?? message;
}

async function gather(
  chunks: AsyncIterable<Uint8Array | string>,
  path: string,
  limit: number,
): Promise<string> {
  return textOf(await bytesOf(chunks, path, limit), path);
}

async function bytesOf(
  chunks: AsyncIterable<Uint8Array | string>,
  path: string,
  limit: number,
): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    const part = Buffer.from(chunk as Uint8Array);
    size += part.length;
    if (size > limit) throw cliErrors.error('INPUT_TOO_LARGE', { path, limit });
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** Decodes UTF-8, or UTF-16 with a byte order mark. Other encodings are refused, because wrong characters would be sent. */
function textOf(bytes: Buffer, path: string): string {
  const mark = bytes.length < 2 ? 0 : bytes.readUInt16BE();
  const encoding = { 65534: 'utf-16le', 65279: 'utf-16be' }[mark] ?? 'utf-8';
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch (error) {
    const line = firstInvalid(bytes, encoding);
    const reason = `it is not valid UTF-8 (line ${line}); save it as UTF-8`;
    throw cliErrors.error('FILE_UNREADABLE', { path, reason }, error);
  }
}

/** The line of the first byte that is not UTF-8. */
function firstInvalid(bytes: Buffer, encoding: string): number {
  const read = new TextDecoder(encoding).decode(bytes);
  return read.slice(0, read.indexOf('\ufffd')).split('\n').length;
}
