// Sends one query as one of the people, and shows the answer as it came.
import { at, fill, h } from './dom.js';

const tokens = new Map();

async function token(email) {
  if (!tokens.has(email)) tokens.set(email, await (await fetch(`/demo/token?as=${encodeURIComponent(email)}`)).text());
  return tokens.get(email);
}

async function send() {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${await token(at('who').value)}` };
  const begun = performance.now();
  const response = await fetch('/graphql', { method: 'POST', headers, body: JSON.stringify({ query: at('query').value }) });
  const answer = await response.json();
  at('took').textContent = `${Math.round(performance.now() - begun)} ms; ${response.headers.get('server-timing') ?? ''}`;
  at('answer').textContent = JSON.stringify(answer, null, 2);
}

const people = await (await fetch('/demo/people')).json();
fill(at('who'), people.map(({ email, name, account }) => h('option', { value: email }, `${name}, ${account}`)));
at('send').addEventListener('click', send);
