// Runs every audit that the package graphql-http has for servers, and says what came of each.
//
// GATEWAY is the address of the graph, TOKEN a bearer token. Audits know no sign-in and no protection against forged
// requests: both headers are put on here, and nothing else of a request is touched.
import { auditServer } from 'graphql-http';

const url = process.env.GATEWAY;
const headers = { authorization: `Bearer ${process.env.TOKEN}`, 'graphql-require-preflight': '1' };
const fetchFn = (address, init = {}) => fetch(address, { ...init, headers: { ...init.headers, ...headers } });

const results = await auditServer({ url, fetchFn });
const failed = results.filter(({ status }) => status !== 'ok');
const count = (level) => results.filter(({ name }) => name.split(' ')[0] === level).length;
for (const { id, name, reason } of failed) console.log(`not passed: ${id} ${name}: ${reason}`);
const levels = ['MUST', 'SHOULD', 'MAY'].map((level) => `${count(level)} ${level}`).join(', ');
console.log(`graphql-http audits: ${results.length - failed.length} passed, ${failed.length} failed (${levels})`);
process.exitCode = failed.length === 0 && results.length > 0 ? 0 : 1;
