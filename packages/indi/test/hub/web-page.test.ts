/** INDI has no authentication: what a web page can make a browser send must not count. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { eventually } from '@fairlead/testkit';
import { echo, fixture, hubOf, number, RawClient, recorder } from './world.ts';

const BODY = number('Alpha', 66);
const HEAD = `Host: 127.0.0.1\r\nContent-Type: text/plain\r\nContent-Length: ${BODY.length}\r\n\r\n`;
/** A record that holds a ClientHello, whose session ticket a page can choose. */
const HELLO = Buffer.concat([Buffer.from('1603010200010001fc0303', 'hex'), Buffer.from(BODY)]);

const REQUESTS: Readonly<Record<string, string | Buffer>> = {
  POST: `POST / HTTP/1.1\r\n${HEAD}${BODY}`,
  'a method of its own': `anything /x HTTP/1.0\r\n\r\n${BODY}`,
  'GET with an element in its target': `GET /${BODY.replaceAll(' ', '/')} HTTP/1.1\r\n\r\n${BODY}`,
  'a long target': `POST /${'x'.repeat(60_000)} HTTP/1.1\r\n${HEAD}${BODY}`,
  'HTTP/0.9': `GET /\r\n${BODY}`,
  'the preface of HTTP/2': `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${BODY}`,
  'a first word without an end': `${'x'.repeat(70_000)} / HTTP/1.1\r\n\r\n${BODY}`,
  TLS: HELLO,
};

describe('a web page', () => {
  it('cannot drive a device with a request of the browser', async () => {
    const log = recorder();
    await using hub = await hubOf({ run: { a: fixture('Alpha') }, log });
    using good = new RawClient(hub.address as string);
    await good.greet();
    await assert.rejects(
      fetch(`http://${hub.address}/`, {
        method: 'POST',
        mode: 'no-cors',
        headers: { 'content-type': 'text/plain' },
        body: BODY,
      }),
    );
    await good.roundTrip('Alpha');
    assert.ok(!good.text.includes('>66<'), 'the driver was told nothing');
    assert.ok(log.code('HTTP_REFUSED'));
  });

  for (const [name, request] of Object.entries(REQUESTS))
    for (const cut of [Number.POSITIVE_INFINITY, 7])
      it(`cannot drive a device: ${name}, ${cut === 7 ? 'in pieces' : 'at once'}`, async () => {
        const log = recorder();
        await using hub = await hubOf({ run: { a: fixture('Alpha') }, log });
        using good = new RawClient(hub.address as string);
        await good.greet();
        using bad = new RawClient(hub.address as string);
        const bytes = Buffer.from(request);
        const size = Math.min(cut, bytes.length);
        for (let at = 0; at < Math.min(bytes.length, 40 * size); at += size)
          bad.socket.write(bytes.subarray(at, at + size));
        bad.socket.write(bytes.subarray(Math.min(bytes.length, 40 * size)));
        await eventually(() => bad.closed, 'it is closed');
        await good.roundTrip('Alpha');
        assert.ok(!good.text.includes('>66<'), 'the driver was told nothing');
        assert.ok(['HTTP_REFUSED', 'TLS_UNEXPECTED', 'XML_NO_ELEMENT'].some((code) => log.code(code)));
      });

  it('is told from a client of INDI that begins with noise, a declaration or one byte at a time', async () => {
    await using hub = await hubOf({ run: { a: fixture('Alpha') } });
    for (const start of ['', '\n', ' ', "<?xml version='1.0'?>\n", '<!-- hello -->', 'hello? ', 'GET me ']) {
      using client = new RawClient(hub.address as string);
      client.socket.setNoDelay(true);
      for (const letter of start) client.send(letter);
      await client.greet();
      client.send(echo('Alpha', `<message device="Alpha" message="heard"/>`));
      await client.sees('heard');
    }
  });
});
