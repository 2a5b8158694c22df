import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));

const script = `
  import { bcd, Reader, type Context, type Identity, type Request, type Result } from 'fairlead:helpers';
export function identify(bytes: Uint8Array): Identity | undefined {
  return bytes[0] === 1 ? { id: bcd(bytes, 1, 8), reply: bytes } : undefined;
}
export function uplink(bytes: Uint8Array, ctx: Context): Result[] {
  ctx.state.serial = new Reader(bytes).u16();
  return [{ values: { n: ctx.state.serial }, time: ctx.time }, { reply: ['ok', bytes] }];
}
export function poll(ctx: Context): Request {
  return { send: ctx.device, expect: [{ at: 0, bytes: '0103' }], data: { register: 1 }, every: 1_000 };
}`;

test('the types of scripts accept what the contract allows, and find a misspelt name', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'fairlead-types-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const config = {
    extends: path('../../../tsconfig.json'),
    compilerOptions: { typeRoots: [path('../../../node_modules/@types')] },
    include: [],
    files: ['script.ts', path('../scripts.d.ts')],
  };
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
  const check = (source: string): string => {
    writeFileSync(join(folder, 'script.ts'), source);
    return spawnSync('tsc', ['-p', folder], { encoding: 'utf8' }).stdout;
  };
  assert.equal(check(script), '');
  assert.match(
    check(script.replace('ctx.device', 'ctx.devise')),
    /'devise' does not exist on type 'Context'/,
  );
  assert.match(check(script.replace('reply: [', 'replies: [')), /'replies' does not exist in type 'Result'/);
});
