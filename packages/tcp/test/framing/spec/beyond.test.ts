import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  ByteSink,
  checksum,
  Deframer,
  type FramingSpec,
  framingFromSpec,
  parseFraming,
} from '../../../src/index.ts';

type Rules = FramingSpec['rules'];
const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');

function read(spec: FramingSpec, ...chunks: Buffer[]) {
  const deframer = new Deframer(framingFromSpec(spec).decoder(), 'spec');
  const frames = chunks.flatMap((chunk) => deframer.push(chunk));
  return { frames: frames.map((frame) => frame.toString('hex')), deframer };
}

function sent(spec: FramingSpec, message: Buffer): string {
  const sink = new ByteSink();
  framingFromSpec(spec).encoder().encode(message, sink);
  return Buffer.concat(sink.flush()).toString('hex');
}

/** EGTS transport (GOST R 54619): a header of 11 bytes with a check of its own, and one of the data. */
const egts: FramingSpec = {
  rules: [
    {
      match: { bytes: '01' },
      kind: 'length',
      strip: 0,
      offset: 5,
      size: 2,
      endian: 'little',
      adjust: 6,
      checksum: [
        { kind: 'crc8/egts', from: 0, to: 10, at: 10 },
        { kind: 'crc16/ccitt-false', from: 11, to: -2, at: -2, endian: 'little' },
      ],
    },
  ] as Rules,
};

function egtsFrame(data: Buffer): Buffer {
  const head = Buffer.from([1, 0, 0, 11, 0, data.length, 0, 7, 0, 1]);
  const headCheck = checksum('crc8/egts')?.of(head, 0, 10) as number;
  const dataCheck = Buffer.alloc(2);
  dataCheck.writeUInt16LE(checksum('crc16/ccitt-false')?.of(data, 0, data.length) as number);
  return Buffer.concat([head, Buffer.of(headCheck), data, dataCheck]);
}

describe('several checksums in a rule', () => {
  const frame = egtsFrame(hex('0b0006007856341201'));

  it('verifies each: no damaged bit passes, wherever it is', () => {
    assert.deepEqual(read(egts, frame).frames, [frame.toString('hex')]);
    for (let bit = 0; bit < frame.length * 8; bit++) {
      const damaged = Buffer.from(frame);
      damaged[bit >> 3] = (damaged[bit >> 3] as number) ^ (1 << (bit & 7));
      assert.deepEqual(read(egts, damaged).frames, [], `bit ${bit}`);
    }
  });

  it('refuses a wrong head before the rest is there, so that a lying length holds nothing up', () => {
    const lying = Buffer.from(frame);
    lying.writeUInt16LE(60_000, 5);
    const { deframer } = read(egts, lying.subarray(0, 11));
    assert.equal(deframer.failure?.code, 'FRAME_CHECKSUM_MISMATCH');
    const noisy = { ...egts, resync: {} };
    assert.deepEqual(read(noisy, lying, frame).frames, [frame.toString('hex')]);
    const dropping = { rules: [{ ...egts.rules[0], onBadChecksum: 'drop' }] as Rules, resync: {} };
    const found = read(dropping, lying, frame);
    assert.deepEqual(found.frames, [frame.toString('hex')]);
    assert.ok(found.deframer.noise.dropped > 0);
  });

  it('gives the same error in parts as in one piece where later bytes decide the size', () => {
    const checked = { kind: 'crc24/q', from: 5, to: 5, at: 6 };
    const spec = {
      rules: [
        { match: { bytes: 'ad' }, kind: 'delimiter', max: 16, strip: 5, end: '184c', checksum: checked },
        { kind: 'json', max: 16 },
      ],
    } as FramingSpec;
    const input = hex('ad00000203040d0aad00000004010203040d0aad00');
    const whole = read(spec, input).deframer.failure?.code;
    for (let cut = 1; cut < input.length; cut++)
      assert.equal(read(spec, input.subarray(0, cut), input.subarray(cut)).deframer.failure?.code, whole);
  });

  it('writes all of them when sending', () => {
    const filling = { rules: [{ ...egts.rules[0], complete: true }] as Rules };
    const blank = Buffer.from(frame);
    blank.fill(0, 5, 7);
    blank[10] = 0;
    blank.fill(0, blank.length - 2);
    assert.equal(sent(filling, blank), frame.toString('hex'));
  });
});

describe('what a checksum covers', () => {
  it('ends with the frame', () => {
    const spec: FramingSpec = {
      rules: [
        { kind: 'fixed', size: 4, strip: 0, checksum: { kind: 'sum8', from: 1, to: 'end', at: 0 } },
      ] as Rules,
    };
    assert.deepEqual(read(spec, hex('06010203')).frames, ['06010203']);
    assert.equal(read(spec, hex('05010203')).deframer.failure?.code, 'FRAME_CHECKSUM_MISMATCH');
  });

  it('counts its own bytes as zeros', () => {
    // ZKTeco: command, checksum, session, reply number; the internet checksum over all with zeros in its place.
    const spec: FramingSpec = {
      rules: [
        {
          kind: 'fixed',
          size: 8,
          strip: 0,
          checksum: { kind: 'inet16/le', to: 'end', at: 2, endian: 'little', zeroed: true },
        },
      ] as Rules,
    };
    const frame = hex('e8030000 00000000');
    const value = checksum('inet16/le')?.of(frame, 0, 8) as number;
    frame.writeUInt16LE(value, 2);
    assert.deepEqual(read(spec, frame).frames, [frame.toString('hex')]);
    frame[7] = 1;
    assert.equal(read(spec, frame).deframer.failure?.code, 'FRAME_CHECKSUM_MISMATCH');
  });

  it('includes bytes of a table that are not sent', () => {
    // MAVLink 1: fe, length, sequence, system, component, message, payload, CRC-16/MCRF4XX with CRC_EXTRA (HEARTBEAT: 50).
    const spec: FramingSpec = {
      rules: [
        {
          match: { bytes: 'fe' },
          kind: 'length',
          strip: 0,
          offset: 1,
          size: 1,
          adjust: 6,
          checksum: {
            kind: 'crc16/mcrf4xx',
            from: 1,
            to: -2,
            at: -2,
            endian: 'little',
            append: { at: 5, table: { '00': '32' } },
          },
        },
      ] as Rules,
    };
    const body = hex('fe 09 4e 01 01 00 00000000 02 03 51 04 03');
    const crc = checksum('crc16/mcrf4xx') as NonNullable<ReturnType<typeof checksum>>;
    const covered = Buffer.concat([body.subarray(1), hex('32')]);
    const frame = Buffer.concat([body, hex('0000')]);
    frame.writeUInt16LE(crc.of(covered, 0, covered.length), frame.length - 2);
    assert.deepEqual(read(spec, frame).frames, [frame.toString('hex')]);
    const damaged = Buffer.from(frame);
    damaged[8] = 9;
    assert.equal(read(spec, damaged).deframer.failure?.code, 'FRAME_CHECKSUM_MISMATCH');
    const unknown = Buffer.from(damaged);
    unknown[5] = 7;
    assert.deepEqual(read(spec, unknown).frames, [unknown.toString('hex')]);
  });
});

describe('bytes within marks', () => {
  const ash = (more: object) =>
    ({
      rules: [
        {
          kind: 'markers',
          end: '7e',
          escape: { byte: '7d', xor: '20', sent: ['11', '13', '18', '1a', '7e'] },
          ...more,
        },
      ],
    }) as FramingSpec;

  it('that are ignored are dropped before they are unescaped', () => {
    const spec = ash({ ignore: ['11', '13'] });
    assert.deepEqual(read(spec, hex('01 11 02 7d 13 31 7e')).frames, ['010211']);
    assert.equal(sent(spec, hex('0111')), '017d317e');
    const bare = { rules: [{ kind: 'markers', end: '7e', ignore: '11' }] } as FramingSpec;
    assert.throws(() => sent(bare, hex('11')), { code: 'MESSAGE_NOT_ENCODABLE' });
  });

  it('that cancel discard what has come; escaped ones do not', () => {
    const spec = ash({ cancel: ['1a'] });
    for (const chunks of [[hex('0102 1a 03 7e')], [...hex('0102 1a 03 7e')].map((byte) => Buffer.of(byte))])
      assert.deepEqual(read(spec, ...chunks).frames, ['03']);
    assert.deepEqual(read(spec, hex('01 7d3a 02 7e')).frames, ['011a02']);
    assert.deepEqual(read(spec, hex('01 1a 02 1a 1a 03 7e 04 7e')).frames, ['03', '04']);
  });

  it('cannot be those of the marks', () => {
    assert.throws(
      () => framingFromSpec(ash({ cancel: '7e' })),
      /7e of "ignore" or "cancel" is a byte of the marks/,
    );
  });
});

describe('a silence that ends a begun frame', () => {
  it('skips what is incomplete; the next frame is read', () => {
    const deframer = new Deframer(parseFraming('modbus-rtu').decoder(), 'modbus-rtu');
    assert.deepEqual(deframer.push(hex('11 03 06 ae41')), []);
    assert.equal(deframer.idleMs, 50);
    assert.deepEqual(deframer.idle(), []);
    assert.equal(deframer.pending, 0);
    assert.equal(deframer.noise.reason?.code, 'FRAME_TIMEOUT');
    assert.deepEqual(
      deframer.push(hex('110306ae415652434049ad')).map((frame) => frame.toString('hex')),
      ['110306ae415652434049ad'],
    );
    assert.deepEqual(deframer.idle(), []);
    assert.equal(deframer.noise.timedOut, 1);
  });
});

describe('presets', () => {
  const split = (name: string, bytes: Buffer) => new Deframer(parseFraming(name).decoder(), name).push(bytes);
  const back = (name: string, message: string) => {
    const sink = new ByteSink();
    parseFraming(name).encoder().encode(Buffer.from(message, 'hex'), sink);
    return Buffer.concat(sink.flush()).toString('hex');
  };

  it('read and write what their names say', () => {
    const cases = [
      ['cr', '61620d', '6162'],
      ['crlf', '610d620d0a', '610d62'],
      ['stx-etx', '026103', '61'],
      ['mllp', '0b61621c0d', '6162'],
      ['slip', '61dbdc62c0', '61c062'],
    ] as const;
    for (const [name, wire, message] of cases) {
      assert.deepEqual(
        split(name, hex(wire)).map((frame) => frame.toString('hex')),
        [message],
        name,
      );
      assert.equal(back(name, message), wire, name);
    }
    assert.equal(back('modbus-rtu', '1103006b00037687'), '1103006b00037687');
  });

  it('are named in hints', () => {
    assert.throws(() => parseFraming('mlp'), /did you mean mllp/);
    assert.throws(() => parseFraming('modbus-rtu:3'), /FRAMING|framing/);
  });
});
