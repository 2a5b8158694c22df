/** A laboratory analyser: several sessions on one link, frames that come again, frames out of order. All are of one device. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { dial, eventually, scratch, start } from './running.ts';

const [ENQ, EOT, ACK, NAK] = ['\x05', '\x04', '\x06', '\x15'];

/** STX FN text ETX, the sum in two hex digits, CR LF. */
function frame(number: number, record: string): string {
  const body = `${number}${record}\r\x03`;
  const sum = Buffer.from(body, 'latin1').reduce((all, byte) => (all + byte) & 0xff, 0);
  return `\x02${body}${sum.toString(16).toUpperCase().padStart(2, '0')}\r\n`;
}

const header = (sender: string) => frame(1, `H|\\^&|||${sender}|||||||P|1`);
const result = frame(2, 'R|1|^^^GLU|5.5|mmol/L');
const last = frame(3, 'L|1|N');

test('later sessions of an analyser are its own', async (t) => {
  const { dir, remove } = scratch();
  t.after(remove);
  writeFileSync(
    join(dir, 'fairlead.yaml'),
    'listeners:\n  lab: {listen: "127.0.0.1:0", profiles: [astm_lis]}\n',
  );
  await using running = await start(dir);
  const { call, service } = running;
  const added = await call('POST', '/api/v1/devices', {
    name: 'lab-1',
    profile: 'astm_lis',
    identity: 'Analyser_X',
  });
  assert.equal(added.status, 201);
  const socket = await dial(service.addresses.listeners.lab as string);
  t.after(() => socket.destroy());
  let received = '';
  socket.on('data', (chunk) => {
    received += chunk.toString('latin1');
  });
  const says = async (bytes: string, answer: string) => {
    const before = received.length;
    socket.write(Buffer.from(bytes, 'latin1'));
    await eventually(() => received.length >= before + answer.length);
    assert.equal(received.slice(before), answer);
  };

  for (const sender of ['Analyser X^SN7^V2', 'Analyser X^SN7^V2', '']) {
    await says(ENQ, ACK);
    await says(header(sender), ACK);
    await says(header(sender), ACK); // its answer was lost
    await says(result, ACK);
    await says(result, ACK);
    await says(frame(7, 'C|1|I|out of order'), NAK);
    await says(frame(2, 'R|1|^^^GLU|5.5').replace('GLU', 'GLX'), NAK); // a wrong sum
    await says(last, ACK);
    socket.write(EOT);
  }
  await says(ENQ, ACK);
  const [link] = (await call('GET', '/api/v1/links?device=lab-1')).json;
  assert.deepEqual(link.refusals ?? {}, {});
  assert.equal((await call('GET', '/api/v1/devices/lab-1')).json.values.deviceId.value, 'Analyser_X');
  // Another analyser on the same link is refused, as ever.
  socket.write(Buffer.from(header('Other^1'), 'latin1'));
  await eventually(async () => {
    const [now] = (await call('GET', '/api/v1/links?device=lab-1')).json;
    return now.refusals?.IDENTITY_CHANGED === 1;
  });
});
