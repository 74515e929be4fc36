// Asks the graph over HTTP.

/** No answer of the gateway itself. */
export class Unreachable extends Error {}

/** The sign-in is over. */
export class SignedOut extends Error {}

/** A key for one write, made when a person means it once. */
export function fresh() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export class Graph {
  /** @param {{token: string, account: string|null}} session */
  constructor(session) {
    this.session = session;
  }

  /** The headers that say who asks, and for which account. */
  get who() {
    const { token, account } = this.session;
    return { authorization: `Bearer ${token}`, ...(account && { 'vestibule-account': account }) };
  }

  /** One operation; `key` is the Idempotency-Key of a write, `file` what is sent as the variable `file`. */
  async ask(query, variables = {}, { key, file } = {}) {
    const headers = { ...this.who, accept: 'application/graphql-response+json, application/json' };
    if (key) headers['idempotency-key'] = key;
    let body = JSON.stringify({ query, variables });
    if (file) {
      // https://github.com/jaydenseric/graphql-multipart-request-spec
      const form = new FormData();
      form.append('operations', body);
      form.append('map', JSON.stringify({ 0: ['variables.input.file'] }));
      form.append('0', file, file.name);
      [body, headers['graphql-require-preflight']] = [form, '1'];
    } else headers['content-type'] = 'application/json';
    const answer = await this.#sent(headers, body);
    const errors = answer.errors ?? [];
    if (errors.some((error) => error.extensions?.code === 'UNAUTHENTICATED')) throw new SignedOut();
    return { data: answer.data ?? null, errors };
  }

  async #sent(headers, body) {
    try {
      const response = await fetch('/graphql', { method: 'POST', headers, body });
      return await response.json();
    } catch (error) {
      throw new Unreachable('The portal cannot be reached. Is the demo still running?', { cause: error });
    }
  }
}
