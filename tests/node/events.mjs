// The client of graphql-sse as it comes.
import assert from 'node:assert/strict';
import { createClient } from 'graphql-sse';

const url = process.env.GATEWAY;
const client = createClient({ url, headers: () => ({ authorization: `Bearer ${process.env.TOKEN}` }), retryAttempts: 0 });

async function all(payload) {
  const answers = [];
  for await (const answer of client.iterate(payload)) answers.push(answer);
  return answers;
}

const query = 'query($first: Int!) { viewer { name account { invoices(first: $first) { nodes { number } } } } }';
const several = await Promise.all([1, 2].map((first) => all({ query, variables: { first } })));
assert.deepEqual(several.map(([{ data }]) => data.viewer.account.invoices.nodes.length), [1, 2]);
assert.ok(several.every((answers) => answers.length === 1));
for (const refused of ['{ nonsense }', 'subscription { changed { nonsense } }']) {
  const [answer] = await all({ query: refused });
  assert.equal(typeof answer.errors[0].extensions.code, 'string');
}
const nobody = createClient({ url, retryAttempts: 0 });
const error = await new Promise((resolve, reject) => nobody.subscribe({ query }, { next: reject, error: resolve, complete: reject }));
assert.equal(error.response.status, 401);
console.log('graphql-sse: queries, errors, sign-in');
