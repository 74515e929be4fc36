// Runs what tsc made of use.ts against the gateway.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';

const folder = new URL('./generated/js/', import.meta.url);
// Bundlers add the endings of relative imports; node wants them written.
for (const name of ['use.js', 'execute.js']) {
  const text = await readFile(new URL(name, folder), 'utf8');
  await writeFile(new URL(name, folder), text.replace(/from '(\.[^']*)'/g, "from '$1.js'"));
}
const { ids, orders, records } = await import(new URL('use.js', folder));
const known = await ids();
const numbers = await records(known);
assert.deepEqual([known.length, numbers.length], [2, 2]);
assert.ok(numbers.every((number) => /^\d+$/.test(number)), numbers);
const lines = (await Promise.all(['PLACED', 'CONFIRMED', 'IN_PROGRESS', 'COMPLETED'].map(orders))).flat();
assert.ok(lines.length > 0);
assert.ok(lines.every((line) => /^\d+ /.test(line)), lines);
console.log('graphql-codegen: types generated from introspection, checked by tsc, run');
