/** Keys of the page, and what the palette finds. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type KeyActions, KeyMap } from '../page/app/key-map.ts';
import { found } from '../page/app/palette-search.ts';

function keyboard(letters = true) {
  const did: string[] = [];
  const act = (name: string) => () => void did.push(name);
  const actions: KeyActions = {
    palette: act('palette'),
    help: act('help'),
    filter: act('filter'),
    go: (letter) => {
      did.push(`go ${letter}`);
      return letter === 'd';
    },
    copy: act('copy'),
    next: act('next'),
    send: act('send'),
    neighbour: (step) => did.push(`neighbour ${step}`),
    back: act('back'),
  };
  const map = new KeyMap(actions, () => letters);
  const none = { ctrlKey: false, metaKey: false, altKey: false, isComposing: false, defaultPrevented: false };
  let at = 0;
  const press = (key: string, more: object = {}, place: 'page' | 'field' | 'dialog' = 'page') => {
    at += 100;
    return map.press({ ...none, key, timeStamp: at, ...more }, place);
  };
  return { did, press };
}

test('each key has its action', () => {
  const { did, press } = keyboard();
  for (const key of ['/', '?', 'c', 'n', 's', '[', ']', 'Escape']) assert.equal(press(key), true, key);
  press('k', { ctrlKey: true });
  press('K', { metaKey: true });
  assert.deepEqual(did, [
    ...['filter', 'help', 'copy', 'next', 'send'],
    ...['neighbour -1', 'neighbour 1', 'back', 'palette', 'palette'],
  ]);
  assert.equal(press('z'), false);
});

test('g and a letter go to a page, if the letter comes soon', () => {
  const { did, press } = keyboard();
  press('g');
  assert.equal(press('d'), true);
  press('g');
  assert.equal(press('q'), false, 'no page has it');
  press('g');
  press('s', { timeStamp: 1e6 });
  assert.deepEqual(did, ['go d', 'go q', 'send']);
});

test('none acts in a field, in a dialog, during composition, with another key held, or where somebody acted', () => {
  const { did, press } = keyboard();
  for (const key of ['/', '?', 'c', 'g', 'Escape']) {
    press(key, {}, 'field');
    press(key, {}, 'dialog');
    press(key, { isComposing: true });
    press(key, { altKey: true });
    press(key, { defaultPrevented: true });
  }
  press('k', { ctrlKey: true }, 'dialog');
  press('k', { ctrlKey: true, isComposing: true });
  assert.deepEqual(did, []);
  press('k', { ctrlKey: true }, 'field');
  assert.deepEqual(did, ['palette'], 'the palette opens from a field, too');
});

test('letters can be switched off; Ctrl K and Esc stay', () => {
  const { did, press } = keyboard(false);
  for (const key of ['/', '?', 'c', 'g', 'd', '[']) press(key);
  press('Escape');
  press('k', { ctrlKey: true });
  assert.deepEqual(did, ['back', 'palette']);
});

test('the palette finds entries that have all words, those that begin so first', () => {
  const entry = (text: string, about: string) => ({ id: text, text, about, run: () => {} });
  const all = [
    entry('my-meter', 'open'),
    entry('meter-1', 'open'),
    entry('meter-1', 'messages'),
    entry('Users', 'System'),
  ];
  const texts = (typed: string) => found(all, typed).map(({ text, about }) => `${text} ${about}`);
  assert.deepEqual(texts('METER'), ['meter-1 open', 'meter-1 messages', 'my-meter open']);
  assert.deepEqual(texts('meter mess'), ['meter-1 messages']);
  assert.deepEqual(texts('sys'), ['Users System']);
  assert.deepEqual(texts('nothing here'), []);
  assert.equal(texts('').length, 4);
  const many = Array.from({ length: 1_000 }, (_, i) => entry(`d${i}`, ''));
  assert.equal(found(many, 'd').length, 40);
});
