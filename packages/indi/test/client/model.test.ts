import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isFairleadError } from '@fairlead/core';
import { type Change, Model, type Property } from '../../src/client/model.ts';
import { newVectorFor } from '../../src/client/new-vector.ts';
import { PropertyPattern } from '../../src/client/pattern.ts';
import { encodeMessage, parseMessage } from '../../src/index.ts';

function modelOf(...elements: string[]): { model: Model; changes: Change[] } {
  const model = new Model();
  const changes = elements.flatMap((xml) => {
    const message = parseMessage(Buffer.from(xml));
    return message === undefined ? [] : model.apply(message);
  });
  return { model, changes };
}

const NUMBER =
  "<defNumberVector device='D' name='N' label='Number' group='G' state='Idle' perm='rw' timeout='5'>" +
  "<defNumber name='A' format='%g' min='0' max='10' step='1'>1</defNumber><defNumber name='B' format='%g' min='0' max='0' step='0'>2</defNumber></defNumberVector>";
const SWITCH =
  "<defSwitchVector device='D' name='S' state='Idle' perm='rw' rule='OneOfMany'><defSwitch name='X'>Off</defSwitch><defSwitch name='Y'>On</defSwitch></defSwitchVector>";

describe('the model of a client', () => {
  it('takes definitions and changes; what was taken before stays as it was', () => {
    const { model } = modelOf(NUMBER);
    const before = model.property('D', 'N') as Property;
    const message = parseMessage(
      Buffer.from(
        "<setNumberVector device='D' name='N' state='Ok'><oneNumber name='B'>7</oneNumber></setNumberVector>",
      ),
    );
    assert.equal(model.apply(message as never)[0]?.kind, 'changed');
    const after = model.property('D', 'N') as Property;
    assert.deepEqual(
      [...after.elements.values()].map(({ value }) => value),
      [1, 7],
    );
    assert.deepEqual([before.state, after.state, after.timeout], ['Idle', 'Ok', 5]);
    assert.equal(before.elements.get('B')?.value, 2);
  });

  it('passes over changes of what it does not know, and elements that a property does not have', () => {
    const { model, changes } = modelOf(
      "<setNumberVector device='D' name='N'><oneNumber name='A'>7</oneNumber></setNumberVector>",
      NUMBER,
      "<setTextVector device='D' name='N'><oneText name='A'>7</oneText></setTextVector>",
      "<setNumberVector device='D' name='N'><oneNumber name='Z'>7</oneNumber></setNumberVector>",
    );
    assert.deepEqual(
      changes.map(({ kind }) => kind),
      ['defined', 'changed'],
    );
    assert.deepEqual([...(model.property('D', 'N')?.elements.keys() ?? [])], ['A', 'B']);
  });

  it('forgets a property, and a device', () => {
    const { model, changes } = modelOf(NUMBER, SWITCH, "<delProperty device='D' name='N'/>");
    assert.equal(changes.at(-1)?.kind, 'removed');
    assert.deepEqual(model.devices, ['D']);
    assert.equal(model.remove('D').length, 1);
    assert.deepEqual(model.devices, []);
  });
});

describe('a request of a client', () => {
  const { model } = modelOf(NUMBER, SWITCH);
  const number = model.property('D', 'N') as Property;
  const values = (property: Property, given: Record<string, string | number | boolean>) =>
    newVectorFor(property, given, 0).members.map(({ name, value }) => [name, value]);

  it('sends numbers whole and switches alone', () => {
    assert.deepEqual(values(number, { A: '5:30' }), [
      ['A', 5.5],
      ['B', 2],
    ]);
    assert.deepEqual(values(model.property('D', 'S') as Property, { X: 'On' }), [['X', true]]);
  });

  it('leaves out what the driver would refuse the whole for: NaN, out of its range, no text of XML', () => {
    const { model } = modelOf(
      "<defNumberVector device='D' name='N' state='Idle' perm='rw'><defNumber name='A' min='0' max='10'>1</defNumber><defNumber name='B'>nan</defNumber><defNumber name='C'>-inf</defNumber><defNumber name='E' min='5' max='9'>0</defNumber><defNumber name='F'>3</defNumber></defNumberVector>",
      "<defTextVector device='D' name='T' state='Idle' perm='rw'><defText name='A'>a</defText><defText name='B'>&#0;</defText><defText name='C'>c</defText></defTextVector>",
    );
    for (const [name, given, expected] of [
      ['N', { A: 2 }, { A: 2, F: 3 }],
      ['N', { B: 2 }, { A: 1, B: 2, F: 3 }],
      ['T', { A: 'b' }, { A: 'b', C: 'c' }],
    ] as const) {
      const request = newVectorFor(model.property('D', name) as Property, given, 0);
      assert.deepEqual(
        Object.fromEntries(request.members.map((member) => [member.name, member.value])),
        expected,
      );
      assert.doesNotThrow(() => encodeMessage(request));
    }
  });

  it('takes an element without a name, and what is wanted of it', () => {
    for (const name of ["name=''", '']) {
      const { model } = modelOf(
        `<defNumberVector device='D' name='N' state='Idle' perm='rw'><defNumber ${name} label='Level'>1</defNumber><defNumber name='B'>2</defNumber></defNumberVector>`,
        `<setNumberVector device='D' name='N'><oneNumber ${name}>5</oneNumber></setNumberVector>`,
      );
      const property = model.property('D', 'N') as Property;
      assert.deepEqual([property.elements.get('')?.value, property.elements.get('B')?.value], [5, 2]);
      const request = newVectorFor(property, { '': 7 }, 0);
      assert.match(encodeMessage(request).toString(), /<oneNumber name="">7</);
      assert.deepEqual(parseMessage(encodeMessage(request)), request);
    }
  });

  for (const given of [{ A: 11 }, { A: -1 }, { A: 'x' }, { Z: 1 }, { A: Number.NaN }] as Record<
    string,
    number
  >[])
    it(`refuses ${JSON.stringify(given)}`, () => {
      assert.throws(
        () => values(number, given),
        (error) => isFairleadError(error, 'PROPERTY_NOT_SETTABLE'),
      );
    });
});

describe('a pattern', () => {
  const cases: readonly [pattern: string, device: string, name: string, element: string, matches: boolean][] =
    [
      ['*', 'Any Device', 'N', 'E', true],
      ['D', 'D', 'N', 'E', true],
      ['D', 'DD', 'N', 'E', false],
      ['D.N', 'D', 'N', 'E', true],
      ['D.*.E', 'D', 'N', 'E', true],
      ['D*.N.E', 'Dx.1', 'N', 'E', true],
      ['Weather.v1.N.E', 'Weather.v1', 'N', 'E', true],
      ['D.(N).E', 'D', '(N)', 'E', true],
      ['D.N.E', 'D', 'N', 'F', false],
    ];
  for (const [text, device, name, element, expected] of cases)
    it(`${text} ${expected ? 'is' : 'is not'} ${device}.${name}.${element}`, () => {
      const pattern = new PropertyPattern(text);
      assert.equal(pattern.matches({ device, name }) && pattern.matchesElement(element), expected);
    });
});
