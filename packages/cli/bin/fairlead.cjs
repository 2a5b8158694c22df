#!/usr/bin/env node
// biome-ignore-all lint/style/useNodejsImportProtocol: Node 12 does not know "node:"
'use strict';
// Starts the command. Plain JavaScript that every Node since 12 reads, so that an old Node says what is missing, or hands
// over to the Node that npm installed with it, and does not die on syntax that it does not know.
const { spawn } = require('child_process');
const { existsSync, mkdirSync } = require('fs');
const { constants, homedir } = require('os');
const { join, sep } = require('path');
const { pathToFileURL } = require('url');

const NEEDED = 26;
const CONDITION = '--conditions=fairlead-source';
const home = join(__dirname, '..');
// In the workspace the sources run as they are; an installed package has been built.
const fromSource = existsSync(join(home, 'src', 'main.ts')) && home.split(sep).indexOf('node_modules') === -1;
const entry = fromSource ? join(home, 'src', 'main.ts') : join(home, 'dist', 'main.js');

if (Number(process.versions.node.split('.')[0]) >= NEEDED) here();
else elsewhere(pinnedNode());

/** Runs in this process. A second Node only to pass it an option would double the time that a small command takes. */
function here() {
  rememberCompiled();
  if (fromSource && process.execArgv.indexOf(CONDITION) === -1) {
    require('module').registerHooks({
      resolve: (specifier, context, next) =>
        next(specifier, { ...context, conditions: [...context.conditions, 'fairlead-source'] }),
    });
    process.execArgv.push(CONDITION); // child_process.fork() hands these on: children run from source as well
  }
  import(pathToFileURL(entry).href).catch((error) => {
    process.stderr.write(
      `fairlead: cannot start: ${process.env.FAIRLEAD_DEBUG ? error.stack : error.message}\n`,
    );
    process.exit(1);
  });
}

/**
 * Compiled code is kept from one start to the next, which halves the time that a command takes. It may be deleted at any
 * time; where it cannot be kept nothing is said. In a place of this user alone: who can write there decides what runs.
 */
function rememberCompiled() {
  const cache = fromSource
    ? join(home, '..', '..', 'node_modules', '.cache')
    : process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  try {
    if (!existsSync(cache)) mkdirSync(cache, 0o700); // not all above it: Node would try for ever in some places
    require('module').enableCompileCache(process.env.NODE_COMPILE_CACHE || join(cache, 'fairlead'));
  } catch (_) {}
}

function elsewhere(node) {
  if (node === undefined) {
    process.stderr.write(
      `fairlead: Node ${NEEDED} or newer is needed, this is ${process.version}.\n` +
        `  Install it from https://nodejs.org, or beside Fairlead with "npm install node@${NEEDED}".\n`,
    );
    process.exit(1);
  }
  const options = fromSource ? [CONDITION] : [];
  // The channel carries no messages. It closes when this process is killed, so that the child does not live on alone.
  const child = spawn(node, options.concat(__filename, process.argv.slice(2)), {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
  // A terminal signals both processes, "kill" only this one. It is passed on in either case, the child takes two for one.
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'];
  const passOn = (signal) => child.kill(signal);
  for (const signal of signals) process.on(signal, passOn);
  child.on('error', (error) => {
    process.stderr.write(`fairlead: cannot start ${node}: ${error.message}\n`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => {
    for (const name of signals) process.removeListener(name, passOn);
    if (signal === null) process.exit(code);
    process.kill(process.pid, signal);
    setTimeout(() => process.exit(128 + constants.signals[signal]), 1000); // a signal that does not end a process
  });
}

/**
 * The Node that npm installed beside this package: an optional dependency for each platform, or the package "node". The
 * former need no install script, so that they are there where scripts are not allowed, too.
 */
function pinnedNode() {
  const windows = process.platform === 'win32';
  const platform = `${windows ? 'win' : process.platform}-${process.arch}`;
  const file = windows ? 'bin/node.exe' : 'bin/node';
  for (const name of [`node-${platform}`, `node-bin-${platform}`, 'node']) {
    try {
      return require.resolve(`${name}/${file}`);
    } catch (_) {} // not installed: the next
  }
  return undefined;
}
