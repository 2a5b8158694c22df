/**
 * The script process. It reads requests from file descriptor 0, writes answers to 1, and writes to 3 a note of what it is
 * about to run, so that the parent knows this even if the process hangs or crashes. It reads and writes synchronously,
 * because it has no other work. It ends when its parent ends, because the pipe ends.
 */
import { once } from 'node:events';
import { readFileSync, readSync, writeSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { Worker } from 'node:worker_threads';
import { isolateModules } from './child/build.ts';
import { confine } from './child/confine.ts';
import { Fault } from './child/fault.ts';
import { Host } from './child/host.ts';
import { countFrames, Program, type ProgramOptions } from './child/program.ts';
import { encodeAnswer, MessageReader, messageType, requestHeader } from './wire.ts';

const settings = JSON.parse(process.argv[2] as string) as ChildSettings;

export type ChildSettings = Pick<ProgramOptions, 'softTimeout' | 'firstCall' | 'memory' | 'bounds'> & {
  /** In the penalty process no other script waits: all frames run, also after a fault. */
  readonly penalty: boolean;
};

/** Answers are delayed up to this time, so that a batch of calls is answered with one write. */
const holdBytes = 64 * 1024;
const holdMs = 5;

const pauseCell = new Int32Array(new SharedArrayBuffer(4));
const noteBytes = Buffer.alloc(12);
let entries = 0;
let group = 0;
/** The present answer is the last one: later requests are for the next process. */
let spent = false;

/** Scripts that could not be compiled again, with the reason. */
const programs = new Map<number, Program | Fault>();
/** Parameters of devices by their numbers: JSON texts. */
const parameters = new Map<number, string>();
const options: ProgramOptions = {
  ...settings,
  modules: Object.fromEntries(
    isolateModules.map((name) => [name, moduleText(name)]),
  ) as ProgramOptions['modules'],
  record: note,
  host: new Host(settings.firstCall),
  parameters: (number) => parameters.get(number) ?? '{}',
  spent: () => {
    spent = true;
  },
};

/** The modules for the isolates are beside this file: TypeScript in the source tree, JavaScript in the build. */
function moduleText(name: string): string {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const text = readFileSync(new URL(`./isolate/${name}.${extension}`, import.meta.url), 'utf8');
  return extension === 'ts' ? stripTypeScriptTypes(text) : text;
}

/** | group u32 | entries so far u32 | 0 prepare, 1 run u32 |, overwritten in place: the parent reads it when no answer arrives. */
function note(phase: 'prepare' | 'run'): void {
  noteBytes.writeUInt32LE(group, 0);
  noteBytes.writeUInt32LE(++entries >>> 0, 4);
  noteBytes.writeUInt32LE(phase === 'run' ? 1 : 0, 8);
  writeSync(3, noteBytes, 0, noteBytes.length, 0);
}

function load(script: number, source: string): string {
  try {
    drop(script);
    const program = new Program(source, options);
    programs.set(script, program);
    return `${program.built.log}${JSON.stringify(program.built.calls)}\n`;
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    programs.set(script, error);
    return error.line();
  }
}

function drop(script: number): void {
  const program = programs.get(script);
  if (program instanceof Program) program.dispose();
  programs.delete(script);
}

function run(script: number, body: Buffer): string {
  const size = body.readUInt32LE(0);
  const contexts = body.toString('utf8', 4, 4 + size);
  const packed = body.subarray(4 + size);
  const program = programs.get(script);
  if (!(program instanceof Program)) return `${program?.line() ?? ''}\n`.repeat(countFrames(packed));
  // A copy, because only whole buffers can be transferred.
  return program.uplink(new Uint8Array(packed), contexts, !settings.penalty);
}

function call(name: 'downlink' | 'identify' | 'poll', script: number, text: string): string {
  const program = programs.get(script);
  return program instanceof Program ? program.call(name, text) : `${program?.line() ?? ''}\n`;
}

/** The answer; undefined for a request without an answer. */
function serve(request: Buffer): string | undefined {
  const type = request[0];
  const script = request.readUInt32LE(5);
  const body = request.subarray(requestHeader - 4);
  group = request.readUInt32LE(1);
  switch (type) {
    case messageType.run:
      return run(script, body);
    case messageType.downlink:
      return call('downlink', script, body.toString('utf8'));
    case messageType.identify:
      return call('identify', script, body.toString('utf8'));
    case messageType.poll:
      return call('poll', script, body.toString('utf8'));
    case messageType.load:
      return load(script, body.toString('utf8'));
    case messageType.ping:
      return '';
    case messageType.parameters:
      parameters.set(script, body.toString('utf8'));
      return undefined;
    case messageType.forget:
      // They stand in the order of their numbers.
      for (const number of parameters.keys()) {
        if (number > script) break;
        parameters.delete(number);
      }
      return undefined;
    default:
      drop(script);
      return undefined;
  }
}

function writeAll(bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) at += patiently(() => writeSync(1, bytes, at));
}

/** Waits if the pipes are non-blocking; normally they block. */
function patiently(transfer: () => number): number {
  for (;;) {
    try {
      return transfer();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      Atomics.wait(pauseCell, 0, 0, 1);
    }
  }
}

/**
 * The end of the pipe is not noticed while a script hangs. A separate thread checks whether the parent still runs: a script
 * that cannot be interrupted must not use a CPU forever after a crash of the service.
 */
async function watchParent(): Promise<void> {
  const code = `
    const { ppid, pid, kill } = process;
    setInterval(() => { if (process.ppid !== ppid) kill(pid, 'SIGKILL'); }, 500);`;
  // Its output must not use process.stdout, which would make the answer pipe non-blocking.
  const watcher = new Worker(code, {
    eval: true,
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: 8 },
  });
  // It runs now, so permissions can be dropped.
  await once(watcher, 'online');
  watcher.unref();
}

async function main(): Promise<void> {
  await watchParent();
  // Loads the TypeScript parser while files may still be read.
  stripTypeScriptTypes('');
  confine();
  const reader = new MessageReader();
  const chunk = Buffer.allocUnsafeSlow(256 * 1024);
  writeAll(encodeAnswer(0, ''));
  for (let rounds = 1; ; rounds++) {
    const size = patiently(() => readSync(0, chunk));
    if (size === 0) return;
    let answers: Buffer[] = [];
    let held = 0;
    let since = performance.now();
    for (const request of reader.push(Buffer.from(chunk.subarray(0, size)))) {
      const text = serve(request);
      if (text === undefined) continue;
      const answer = encodeAnswer(group, text);
      answers.push(answer);
      held += answer.length;
      if (spent) break;
      if (held < holdBytes && performance.now() - since < holdMs) continue;
      writeAll(Buffer.concat(answers));
      answers = [];
      held = 0;
      since = performance.now();
    }
    if (answers.length > 0) writeAll(answers.length === 1 ? (answers[0] as Buffer) : Buffer.concat(answers));
    if (spent) return;
    // Lets V8 and the library run deferred work; nothing else in this loop waits for an event.
    if (rounds % 256 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
}

await main();
process.exit(0);
