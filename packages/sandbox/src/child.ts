/**
 * The script process. It is told what to run on file descriptor 0, answers on 1, and notes on 3 what it is about to run,
 * so that the parent knows even when this process hangs or dies. It reads and writes synchronously, since it has nothing
 * to do besides. It ends when its parent does: the pipe ends.
 */
import { once } from 'node:events';
import { readFileSync, readSync, writeSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { Worker } from 'node:worker_threads';
import { isolateModules } from './child/build.ts';
import { confine } from './child/confine.ts';
import { Fault } from './child/fault.ts';
import { countFrames, Program, type ProgramOptions } from './child/program.ts';
import { encodeAnswer, MessageReader, messageType, requestHeader } from './wire.ts';

const settings = JSON.parse(process.argv[2] as string) as ChildSettings;

export type ChildSettings = Pick<ProgramOptions, 'softTimeout' | 'firstCall' | 'memory' | 'bounds'> & {
  /** In the penalty process nobody waits behind: what can be run is run. */
  readonly penalty: boolean;
};

/** Answers are held back so long, so that a batch of calls is answered with one write. */
const holdBytes = 64 * 1024;
const holdMs = 5;

const pauseCell = new Int32Array(new SharedArrayBuffer(4));
const noteBytes = Buffer.alloc(12);
let entries = 0;
let group = 0;
/** The answer that is being made is the last one: what waits behind it is for the next process. */
let spent = false;

/** A script that could not be compiled again stands here with its reason. */
const programs = new Map<number, Program | Fault>();
const options: ProgramOptions = {
  ...settings,
  modules: Object.fromEntries(
    isolateModules.map((name) => [name, moduleText(name)]),
  ) as ProgramOptions['modules'],
  record: note,
  spent: () => {
    spent = true;
  },
};

/** The modules for the isolates lie beside this file: TypeScript in the source tree, JavaScript once built. */
function moduleText(name: string): string {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const text = readFileSync(new URL(`./isolate/${name}.${extension}`, import.meta.url), 'utf8');
  return extension === 'ts' ? stripTypeScriptTypes(text) : text;
}

/** | group u32 | entries so far u32 | 0 prepare, 1 run u32 |, in place: the parent reads it when nothing comes back. */
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
  // A copy, since only whole buffers can be handed over.
  return program.uplink(new Uint8Array(packed), contexts, !settings.penalty);
}

function downlink(script: number, text: string): string {
  const program = programs.get(script);
  return program instanceof Program ? program.downlink(text) : `${program?.line() ?? ''}\n`;
}

/** What to answer; undefined for a request without an answer. */
function serve(request: Buffer): string | undefined {
  const type = request[0];
  const script = request.readUInt32LE(5);
  const body = request.subarray(requestHeader - 4);
  group = request.readUInt32LE(1);
  switch (type) {
    case messageType.run:
      return run(script, body);
    case messageType.downlink:
      return downlink(script, body.toString('utf8'));
    case messageType.load:
      return load(script, body.toString('utf8'));
    case messageType.ping:
      return '';
    default:
      drop(script);
      return undefined;
  }
}

function writeAll(bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) at += patiently(() => writeSync(1, bytes, at));
}

/** The pipes wait by themselves; should the system have made them otherwise, this does. */
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
 * The pipe's end is not seen while a script hangs. A thread of its own looks whether the parent still lives: a script that
 * cannot be interrupted must not keep a processor busy for ever after a crash of the service.
 */
async function watchParent(): Promise<void> {
  const code = `
    const { ppid, pid, kill } = process;
    setInterval(() => { if (process.ppid !== ppid) kill(pid, 'SIGKILL'); }, 500);`;
  // Its output is kept from process.stdout, which would make the pipe of our answers one that does not wait.
  const watcher = new Worker(code, {
    eval: true,
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: 8 },
  });
  // It runs from here on: permissions may be given up.
  await once(watcher, 'online');
  watcher.unref();
}

async function main(): Promise<void> {
  await watchParent();
  // The parser of TypeScript is made ready while it may still be read.
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
    // Lets V8 and the library do what they put off; nothing else here ever waits for an event.
    if (rounds % 256 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
}

await main();
process.exit(0);
