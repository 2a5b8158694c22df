/**
 * Drivers for the fuzzing of the hub: `node hub-driver.ts good` answers every number that it receives, in order;
 * `node hub-driver.ts evil PORT` prints the bytes of a socket, and ends when it closes.
 */
import { connect } from 'node:net';
import { ElementSplitter, parseMessage } from '@fairlead/indi';
import { Deframer } from '@fairlead/tcp';

const DEFINED =
  '<defNumberVector device="Good" name="COUNT" state="Idle" perm="rw"><defNumber name="N" format="%g" min="0" max="0" step="0">0</defNumber></defNumberVector>\n' +
  '<defBLOBVector device="Good" name="PICTURE" state="Idle" perm="ro"><defBLOB name="P"/></defBLOBVector>\n';

const [kind, port] = process.argv.slice(2);
if (kind === 'good') good();
else evil(Number(port));

function good(): void {
  const deframer = new Deframer(new ElementSplitter({ resync: () => {} }), 'indi');
  process.stdin.on('data', (chunk: Buffer) => {
    for (const element of deframer.push(chunk)) {
      if (element.tag === 'getProperties') process.stdout.write(DEFINED);
      else if (element.tag === 'newNumberVector' && element.name === 'COUNT') answer(element);
    }
  });
  process.stdin.on('end', () => process.exit(0));
}

function answer(element: Parameters<typeof parseMessage>[0]): void {
  const message = parseMessage(element);
  if (message?.tag !== 'newNumberVector') return;
  const count = Number(message.members[0]?.value);
  process.stdout.write(
    `<setNumberVector device="Good" name="COUNT" state="Ok"><oneNumber name="N">${count}</oneNumber></setNumberVector>\n`,
  );
  if (count % 16 !== 0) return;
  const base64 = Buffer.alloc(150_000, `${count} `).toString('base64');
  process.stdout.write(
    `<setBLOBVector device="Good" name="PICTURE"><oneBLOB name="P" size="150000" format=".txt">${base64}</oneBLOB></setBLOBVector>\n`,
  );
}

function evil(port: number): void {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  socket.on('close', () => process.exit(1));
  socket.pipe(process.stdout);
  process.stdout.on('error', () => process.exit(1));
  process.stdin.resume();
  process.stdin.on('end', () => process.exit(0));
}
