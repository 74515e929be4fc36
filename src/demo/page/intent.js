// A write that a person means once: its key is made with it, and kept until there is an answer. A repeat has the same key, so
// that it never acts twice; other words are another intent.
import { fresh } from './graph.js';
import { trouble } from './words.js';

export class Intent {
  #key = fresh();
  #meant = null;

  /**
   * Sends it; `{ payload }` where it was done, `{ refused }` with user errors, `{ uncertain }` or `{ failed }` with what to tell.
   *
   * @param {{graph: object, query: string, field: string, input: object, file?: File}} given
   */
  async send({ graph, query, field, input, file }) {
    const meant = JSON.stringify([input, file && [file.name, file.size, file.lastModified]]);
    if (this.#meant !== null && this.#meant !== meant) this.#key = fresh();
    this.#meant = meant;
    let answer;
    try {
      answer = await graph.ask(query, { input }, { key: this.#key, file });
    } catch (error) {
      return { uncertain: `${error.message} We do not know whether this was done.`, error };
    }
    const payload = answer.data?.[field];
    const own = answer.errors.find((error) => error.path?.[0] === field && error.path.length === 1) ?? (payload ? null : answer.errors[0]);
    if (own?.extensions?.code === 'WRITE_UNCERTAIN') return { uncertain: trouble(own) };
    if (own || !payload) return { failed: own ? trouble(own) : 'Nothing came back.' };
    if (payload.userErrors.length) {
      // Nothing was done: what is sent next is meant anew.
      this.#key = fresh();
      return { refused: payload.userErrors };
    }
    this.#key = fresh();
    this.#meant = null;
    return { payload };
  }
}
