// Apollo Client as it comes: its cache, its links, its error types.
import assert from 'node:assert/strict';
import { ApolloClient, ApolloLink, CombinedGraphQLErrors, HttpLink, InMemoryCache, ServerError, gql } from '@apollo/client';
import { BatchHttpLink } from '@apollo/client/link/batch-http';

const uri = process.env.GATEWAY;
const headers = { authorization: `Bearer ${process.env.TOKEN}` };
const client = (link) => new ApolloClient({ cache: new InMemoryCache(), link });
const http = client(new HttpLink({ uri, headers }));

const ORDERS = gql`
  query Orders($first: Int!, $after: String) {
    viewer { name account { id name orders(first: $first, after: $after) {
      nodes { id number status } pageInfo { endCursor hasNextPage }
    } } }
  }
`;

// Variables, the cache by `id`, the next page by a cursor.
const { data: first } = await http.query({ query: ORDERS, variables: { first: 2 } });
assert.equal(first.viewer.name, 'Ana Lund');
const { nodes, pageInfo } = first.viewer.account.orders;
assert.equal(nodes.length, 2);
assert.deepEqual(http.cache.extract()[`Order:${nodes[0].id}`].number, nodes[0].number);
const { data: second } = await http.query({ query: ORDERS, variables: { first: 2, after: pageInfo.endCursor } });
const seen = new Set(nodes.map(({ id }) => id));
assert.ok(second.viewer.account.orders.nodes.every(({ id }) => !seen.has(id)));

// One record by its id.
const { data: one } = await http.query({
  query: gql`query One($id: ID!) { node(id: $id) { id ... on Order { number } } }`,
  variables: { id: nodes[1].id },
});
assert.equal(one.node.number, nodes[1].number);

// What is refused comes as GraphQL errors with their codes; a missing sign-in as the server's error.
const failed = (of, query) => of.query({ query, fetchPolicy: 'no-cache' }).then(() => assert.fail(), (error) => error);
const refused = await failed(http, gql`{ nonsense }`);
assert.ok(CombinedGraphQLErrors.is(refused), refused);
assert.equal(refused.errors[0].extensions.code, 'GRAPHQL_VALIDATION_FAILED');
const nobody = await failed(client(new HttpLink({ uri })), gql`{ viewer { name } }`);
const code = CombinedGraphQLErrors.is(nobody) ? nobody.errors[0].extensions.code : ServerError.is(nobody) && nobody.statusCode;
assert.ok(code === 'UNAUTHENTICATED' || code === 401, nobody);

// Queries by GET, as it sends them.
const get = client(new HttpLink({ uri, headers, useGETForQueries: true }));
assert.equal((await get.query({ query: gql`{ viewer { name } }` })).data.viewer.name, 'Ana Lund');

// Several requests in one.
let requests = 0;
const counted = (...given) => { requests += 1; return fetch(...given); };
const batched = client(ApolloLink.from([new BatchHttpLink({ uri, headers, fetch: counted, batchInterval: 20 })]));
const asked = [gql`{ viewer { name } }`, gql`{ viewer { email } }`, gql`{ viewer { kind } }`];
const answers = await Promise.all(asked.map((query) => batched.query({ query, fetchPolicy: 'no-cache' })));
assert.deepEqual(answers.map(({ data }) => Object.keys(data.viewer)[0]), ['name', 'email', 'kind']);
assert.deepEqual([answers[0].data.viewer.name, requests], ['Ana Lund', 1]);
console.log('Apollo Client: query, cache, page, node, errors, sign-in, GET, batch');
