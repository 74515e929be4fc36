// The client of graphql-ws as it comes.
import assert from 'node:assert/strict';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';

const url = `${process.env.GATEWAY.replace(/^http/, 'ws')}/ws`;
const connect = (connectionParams) => createClient({ url, webSocketImpl: WebSocket, connectionParams, retryAttempts: 0 });
const client = connect(async () => ({ authorization: `Bearer ${process.env.TOKEN}` }));

async function all(payload) {
  const answers = [];
  for await (const answer of client.iterate(payload)) answers.push(answer);
  return answers;
}

const query = 'query($first: Int!) { viewer { name account { orders(first: $first) { nodes { number } } } } }';
const several = await Promise.all([1, 2, 3].map((first) => all({ query, variables: { first } })));
assert.deepEqual(several.map(([{ data }]) => data.viewer.account.orders.nodes.length), [1, 2, 3]);
assert.ok(several.every((answers) => answers.length === 1));

// What is refused comes as GraphQL errors, and the connection goes on.
const failed = (of, given) => new Promise((resolve, reject) => of.subscribe(given, {
  next: reject, error: resolve, complete: () => reject(new Error('it is complete')),
}));
const refused = await failed(client, { query: '{ nonsense }' });
assert.equal(refused[0].extensions.code, 'GRAPHQL_VALIDATION_FAILED');
const later = await failed(client, { query: 'subscription { changed { nonsense } }' });
assert.equal(typeof later[0].extensions.code, 'string');
assert.equal((await all({ query: '{ viewer { name } }' }))[0].data.viewer.name, 'Ana Lund');

// Given up before its answer.
const stop = client.subscribe({ query, variables: { first: 1 } }, { next() {}, error() {}, complete() {} });
stop();
await client.dispose();

const closed = await failed(connect({}), { query: '{ viewer { name } }' });
assert.deepEqual([closed.code, closed.reason], [4403, 'Sign in first.']);
console.log('graphql-ws: queries at once, errors, giving up, sign-in');
