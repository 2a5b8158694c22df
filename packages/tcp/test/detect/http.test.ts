import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assertLinear } from '@fairlead/testkit';
import fc from 'fast-check';
import { tcpErrors } from '../../src/catalogue.ts';
import { type HeadVerdict, HttpDetector, isHttpRequestHead } from '../../src/index.ts';

const yes = [
  'POST / HTTP/1.1\r\nHost: 127.0.0.1:7624\r\nContent-Type: text/plain\r\n\r\n<getProperties version="1.7"/>',
  'GET /status?x=1 HTTP/1.0\r\n',
  'GET / HTTP/1.1',
  'GET /\r\n',
  'GET /index.html\n',
  'OPTIONS * HTTP/1.1\r\n',
  'CONNECT plc-7.local:443 HTTP/1.1\r\n',
  'GET http://plc-7.local/ HTTP/1.1\r\n',
  'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'M-SEARCH * HTTP/1.1\r\n',
  `x!#$%&'*+-.^_\`|~9 /any HTTP/1.1\r\n`,
  `${'X'.repeat(20_000)} / HTTP/1.1\r\n`,
  `POST /${'x'.repeat(20_000)} HTTP/1.1\r\n`,
];
const undecided = ['', 'P', 'POST', 'POST ', 'POST /', 'POST /a HTTP/', 'GET /a\r', 'fl_0123', 'PRI * HTTP/'];
const no = [
  '\r\nGET / HTTP/1.1\r\n',
  ' GET / HTTP/1.1\r\n',
  '<getProperties version="1.7"/>',
  'STATUS 5\r\n',
  'STATUS\r\n',
  'POST /a\r\n',
  'GET a\r\n',
  'GETS /a\r\n',
  'GET  / HTTP/1.1\r\n',
  'GET /a\rb HTTP/1.1',
  'GET /a\tb HTTP/1.1',
  'GET / http/1.1\r\n',
  'GET / HTTP/x',
  'HTTP/1.1 200 OK\r\n',
  '$GPRMC,1,2*00\r\n',
  '{"a": 1}',
  '\u0000\u0001\u0000\u0000\u0000\u0006',
];

describe('isHttpRequestHead', () => {
  for (const [verdict, heads] of Object.entries({ yes, no, undecided }))
    for (const head of heads)
      it(`${verdict}: ${JSON.stringify(head.slice(0, 50))}`, () => {
        assert.equal(isHttpRequestHead(Buffer.from(head, 'latin1')), verdict);
        const detector = new HttpDetector();
        let found: HeadVerdict = detector.verdict;
        for (const byte of Buffer.from(head, 'latin1')) found = detector.push(Uint8Array.of(byte));
        assert.equal(found, verdict);
      });

  it('finds every method, target and version, however it is cut', () => {
    const token = fc.stringMatching(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/);
    const target = fc.stringMatching(/^[!-~]+$/);
    fc.assert(
      fc.property(
        token,
        target,
        fc.constantFrom('1.0', '1.1', '2.0'),
        fc.nat(),
        (method, path, version, at) => {
          const head = Buffer.from(`${method} ${path} HTTP/${version}\r\n`);
          const cut = at % head.length;
          const detector = new HttpDetector();
          detector.push(head.subarray(0, cut));
          assert.equal(detector.push(head.subarray(cut)), 'yes');
        },
      ),
    );
  });

  it('never takes back a verdict when more bytes arrive', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), (head, more) => {
        const verdict = isHttpRequestHead(head);
        if (verdict !== 'undecided') assert.equal(isHttpRequestHead(Buffer.concat([head, more])), verdict);
      }),
    );
  });

  it('takes time linear in what a stranger sends, also byte by byte', async () => {
    await assertLinear(
      20_000,
      (size) => Buffer.from(`GET /${'x'.repeat(size)}`),
      (head) => {
        const detector = new HttpDetector();
        for (let i = 0; i < head.length; i++) detector.push(head.subarray(i, i + 1));
        assert.equal(detector.verdict, 'undecided');
      },
    );
  });

  it('has a code that says what to do', () => {
    const error = tcpErrors.error('HTTP_REFUSED');
    assert.deepEqual([error.kind, error.side, error.retryable], ['protocol', 'remote', false]);
  });
});
