// urql as it comes.
import assert from 'node:assert/strict';
import { Client, cacheExchange, fetchExchange, gql } from '@urql/core';

const url = process.env.GATEWAY;
const exchanges = [cacheExchange, fetchExchange];
// It asks short queries by GET, so it says that it is no other page's form or link: see docs/http.md.
const headers = { authorization: `Bearer ${process.env.TOKEN}`, 'graphql-require-preflight': '1' };
const client = new Client({ url, exchanges, fetchOptions: { headers } });

const TICKETS = gql`
  query Tickets($first: Int!) { viewer { name account { tickets(first: $first) { nodes { id subject status } } } } }
`;
const { data, error } = await client.query(TICKETS, { first: 2 });
assert.equal(error, undefined);
assert.equal(data.viewer.name, 'Ana Lund');
assert.equal(data.viewer.account.tickets.nodes.length, 2);

const refused = await client.query(gql`{ nonsense }`, {});
assert.equal(refused.error.graphQLErrors[0].extensions.code, 'GRAPHQL_VALIDATION_FAILED');

const nobody = await new Client({ url, exchanges, preferGetMethod: false }).query(gql`{ viewer { name } }`, {});
assert.equal(nobody.error.response.status, 401);

// Without that header by POST only; a GET is told what it lacks.
const { authorization } = headers;
const without = (preferGetMethod) => new Client({ url, exchanges, preferGetMethod, fetchOptions: { headers: { authorization } } });
assert.equal((await without(false).query(gql`{ viewer { name } }`, {})).data.viewer.name, 'Ana Lund');
assert.equal((await without('force').query(gql`{ viewer { name } }`, {})).error.response.status, 400);
console.log('urql: query by GET and POST, errors, sign-in');
