// Module names for the generated files. This package does not import these modules itself.
const INDI = "'@fairlead/indi'";
const TCP = "'@fairlead/tcp'";
const TESTKIT = "'@fairlead/testkit'";
const FILES = "'node:fs/promises'";
const SYSTEM = "'node:os'";
const PATHS = "'node:path'";
const ASSERT = "'node:assert/strict'";
const TEST = "'node:test'";
const REPORTERS = "'node:test/reporters'";
const DRIVER = "'./driver.ts'";
const SIMULATOR = "'./simulator.ts'";

/** The oldest Node version that runs the generated project. */
const NODE = 26;
const KIT_FOR_TESTS = '@fairlead/testkit';
/** The files that check Node, and run the tests. */
const CHECK = 'node-version.cjs';
const RUNNER = 'run-tests.cjs';

/** What a new driver's project is called. */
interface Names {
  /** `weather-station` */
  readonly name: string;
  /** `Weather Station`: the device as clients see it. */
  readonly title: string;
  /** `WeatherStation` */
  readonly className: string;
  /** For each required Fairlead package: a version, or the file from which it is installed. */
  readonly packages: Readonly<Record<string, string>>;
}

export function templates(names: Names): Record<string, string> {
  return {
    'package.json': manifest(names),
    'driver.ts': driver(names),
    'simulator.ts': simulator(names),
    'driver.test.ts': test(names),
    [CHECK]: check(names),
    [RUNNER]: runner,
    [launcherOf(names)]: launcher(names),
    'fairlead.yaml': configuration(names),
    'README.md': readme(names),
  };
}

/** The only file that is an executable program. */
export function launcherOf({ name }: Names): string {
  return `indi_${name.replaceAll('-', '_')}`;
}

const launcher = (names: Names) => `#!/bin/sh
# Starts the driver for INDI's own server, which runs programs by their path:  indiserver -v ./${launcherOf(names)}
folder="$(dirname "$(readlink -f "$0")")"
exec node --require "$folder/${CHECK}" "$folder/driver.ts"
`;

const manifest = ({ name, packages }: Names) => {
  const { [KIT_FOR_TESTS]: kit, ...dependencies } = packages;
  const project = {
    name,
    version: '0.1.0',
    private: true,
    type: 'module',
    engines: { node: `>=${NODE}` },
    scripts: {
      preinstall: `node ${CHECK}`,
      test: `node ${RUNNER}`,
      simulate: `node --require ./${CHECK} simulator.ts`,
    },
    dependencies,
    devDependencies: { [KIT_FOR_TESTS]: kit },
    // Of serial ports, which the kit brings along: npm asks for it.
    allowScripts: { '@serialport/bindings-cpp': true },
  };
  return `${JSON.stringify(project, null, 2)}\n`;
};

/** In old JavaScript syntax, for Node versions that cannot parse the other files. */
const check = ({ name }: Names) => `// Reports an error if Node is too old for this project.
'use strict';
if (Number(process.versions.node.split('.')[0]) < ${NODE}) {
  console.error('${name} needs Node ${NODE} or newer; this is Node ' + process.versions.node + '. See https://nodejs.org.');
  process.exit(1);
}
`;

const runner = `// Runs all tests, or the given files. Fails if a test fails or if no test ran.
'use strict';
require('./${CHECK}');
const { basename } = require('node:path');
const { run } = require(${TEST});
const { spec } = require(${REPORTERS});

const files = process.argv.slice(2);
const tests = run(files.length > 0 ? { files } : {});
const ran = [];
tests.on('test:pass', ({ name, file, details, skip, todo }) => {
  // A file without tests passes as a test of its own name.
  const isFile = file !== undefined && basename(file) === basename(name);
  if (details.type !== 'suite' && !isFile && !skip && !todo) ran.push(name);
});
tests.on('test:fail', () => {
  process.exitCode = 1;
});
tests.on('end', () => {
  if (ran.length > 0 || process.exitCode === 1) return;
  console.error('No test ran: the tests are in files whose names end with .test.ts.');
  process.exitCode = 1;
});
tests.compose(new spec()).pipe(process.stdout);
`;

const configuration = ({
  name,
}: Names) => `# "fairlead serve" in this folder runs the driver and serves it to INDI clients.
drivers:
  listen: 127.0.0.1:7624
  run:
    ${name}:
      command: [node, --require, ./${CHECK}, driver.ts]
      cwd: .
`;

const readme = (names: Names) => `# ${names.title}

An INDI driver. \`driver.ts\` is the driver, \`simulator.ts\` simulates its device, and \`driver.test.ts\` tests the driver with the simulator.
It needs Node ${NODE} or newer.

    npm install && npm test
${isVendored(names) ? VENDORED : ''}
Try it, each line in a terminal of its own:

    npm run simulate                                                    # the device, at 127.0.0.1:9999
    fairlead serve                                                      # runs the driver, as fairlead.yaml says
    fairlead indi watch '${names.title}'                                # what happens, and what the driver says
    fairlead indi set '${names.title}.CONNECTION.CONNECT=On'
    fairlead indi get '${names.title}.WEATHER_PARAMETERS'

Of a device elsewhere, set the address first:

    fairlead indi set '${names.title}.DEVICE_ADDRESS.ADDRESS=192.168.1.100' '${names.title}.DEVICE_ADDRESS.PORT=9999'

INDI's own server runs it as well: \`indiserver -v ./${launcherOf(names)}\`.
`;

/** Whether the project contains Fairlead packages. */
function isVendored({ packages }: Names): boolean {
  return Object.values(packages).some((from) => from.startsWith('file:'));
}

const VENDORED = `
The packages of Fairlead that it needs are in \`vendor/\`, as they were in the checkout that made this project. To renew them make
another project, take its \`vendor/\` over, and run \`npm install\` again.
`;

const driver = ({ title, className }: Names) => `#!/usr/bin/env node
/*
 * ${title}: a device that speaks lines over TCP.
 *
 *     *IDN?    ACME ...      who it is
 *     READ?    T=21.5        what it measures
 *
 * Port to open in a firewall: TCP 9999, from this machine to the device.
 */
import { ConnectionMode, runDriver, TcpConnection, WeatherDevice } from ${INDI};
import { line } from ${TCP};

export class ${className} extends WeatherDevice {
  readonly #tcp = new TcpConnection(this, {
    defaultHost: '127.0.0.1',
    defaultPort: 9999,
    codec: line({ max: '1KiB' }),
  });

  constructor() {
    super('${title}');
    this.addParameter('WEATHER_TEMPERATURE', { label: 'Temperature (C)', min: -10, max: 30 });
    this.setConnectionMode(ConnectionMode.Tcp);
    this.#tcp.registerHandshake(async (link) => (await link.request('*IDN?')).startsWith('ACME'));
    this.registerConnection(this.#tcp);
  }

  protected override async readWeather(): Promise<Record<string, number>> {
    const [, celsius = ''] = (await this.link.request('READ?')).split('=');
    return { WEATHER_TEMPERATURE: Number(celsius) };
  }
}

export default ${className};
if (import.meta.main) await runDriver(new ${className}());
`;

const simulator = ({ title }: Names) => `#!/usr/bin/env node
/* ${title}, simulated: node simulator.ts [PORT] */
import { line, type Server, serve } from ${TCP};

export function simulate(endpoint: string, celsius: () => number): Promise<Server<string, string, undefined>> {
  return serve(endpoint, {
    codec: line({ max: '1KiB' }),
    frames(session, batch) {
      for (const command of batch)
        session.send(command === '*IDN?' ? 'ACME 1.0' : command === 'READ?' ? \`T=\${celsius()}\` : 'ERROR');
    },
  });
}

if (import.meta.main) {
  const server = await simulate(\`tcp://127.0.0.1:\${process.argv[2] ?? 9999}\`, () => 21.5);
  console.log(\`${title} is listening at \${server.address}.\`);
}
`;

const test = ({ name, title, className }: Names) => `import assert from ${ASSERT};
import { mkdtemp, rm } from ${FILES};
import { tmpdir } from ${SYSTEM};
import { join } from ${PATHS};
import { test } from ${TEST};
import { connectIndi, createHub, DriverBench } from ${INDI};
import { driverSuite } from ${TESTKIT};
import { ${className} } from ${DRIVER};
import { simulate } from ${SIMULATOR};

test('the driver reads the device', async (t) => {
  await using device = await simulate('tcp://127.0.0.1:0', () => 12.5);
  const port = Number(device.address.split(':').at(-1));
  // A home of its own: the configuration of the tests is not yours.
  const HOME = await mkdtemp(join(tmpdir(), '${name}-'));
  t.after(() => rm(HOME, { recursive: true, force: true }));
  const command = [process.execPath, 'driver.ts'];
  await using hub = await createHub({ run: { driver: { command, cwd: import.meta.dirname, env: { HOME } } } });
  await using client = connectIndi('hub:1', { dial: async () => hub.connect() });
  await client.waitFor('${title}', 'DEVICE_ADDRESS');
  await client.set('${title}', 'DEVICE_ADDRESS', { ADDRESS: '127.0.0.1', PORT: String(port) });
  await client.set('${title}', 'CONNECTION', { CONNECT: true });
  const reading = await client.waitFor('${title}', 'WEATHER_PARAMETERS', {
    when: ({ elements }) => elements.get('WEATHER_TEMPERATURE')?.value === 12.5,
    signal: AbortSignal.timeout(10_000),
  });
  assert.equal(reading.device, '${title}');
});

// The tests for every driver.
driverSuite('${name}', {
  device: '${title}',
  start: (folder) => DriverBench.start(new ${className}(), { folder, ask: false }),
  peer: () => simulate('tcp://127.0.0.1:0', () => 12.5),
});
`;
