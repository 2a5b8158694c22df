/** The texts of the page in every language. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IntlMessageFormat } from 'intl-messageformat';
import { en } from '../page/words/en.ts';
import { zh } from '../page/words/zh.ts';

const placeholders = (text: string): string[] =>
  [...new Set([...text.matchAll(/\{\s*(\w+)\s*[,}]/g)].map(([, name]) => name as string))].sort();

test('each text is there in each language, and takes the same values', () => {
  assert.deepEqual(Object.keys(zh), Object.keys(en));
  for (const [key, text] of Object.entries(en)) {
    const other = zh[key as keyof typeof zh];
    assert.notEqual(other.trim(), '', key);
    assert.deepEqual(placeholders(other), placeholders(text), key);
    for (const [language, message] of [
      ['en', text],
      ['zh', other],
    ] as const)
      assert.doesNotThrow(() => new IntlMessageFormat(message, language), `${language}: ${key}`);
  }
});

test('what is translated is in Chinese', () => {
  const same = Object.entries(en).filter(([key, text]) => zh[key as keyof typeof zh] === text);
  assert.deepEqual(
    same.map(([key]) => key),
    ['error.title'],
  );
});
