// Hears of changes: one subscription over graphql-transport-ws, which comes back by itself where it was cut.
// https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md

const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 15_000;

export class Live {
  #socket = null;
  #timer = null;
  #pause = FIRST_PAUSE;
  #cursor = null;
  #ended = false;

  /**
   * @param {{query: string, who: object, heard: (change: object) => void, state: (name: string) => void,
   *   signedOut: () => void}} given
   */
  constructor(given) {
    this.given = given;
    this.#connect();
  }

  /** Ends it for good. */
  end() {
    this.#ended = true;
    clearTimeout(this.#timer);
    this.#socket?.close(1000);
  }

  #connect() {
    const address = new URL('/graphql/ws', location.href);
    address.protocol = address.protocol.replace('http', 'ws');
    this.given.state('connecting');
    const socket = new WebSocket(address, 'graphql-transport-ws');
    this.#socket = socket;
    const send = (message) => socket.send(JSON.stringify(message));
    socket.onopen = () => send({ type: 'connection_init', payload: this.given.who });
    socket.onmessage = ({ data }) => this.#told(JSON.parse(data), send);
    socket.onclose = ({ code }) => this.#closed(code);
  }

  #told(message, send) {
    switch (message.type) {
      case 'connection_ack': {
        // What happened while the line was down is told from the last cursor on.
        const payload = { query: this.given.query, variables: { after: this.#cursor } };
        send({ type: 'subscribe', id: '1', payload });
        this.#pause = FIRST_PAUSE;
        this.given.state('live');
        // What is on the page is read again whatever the cursor leads to: it is cheap where nothing has changed.
        this.given.heard({ kind: 'RESET' });
        break;
      }
      case 'ping':
        send({ type: 'pong' });
        break;
      case 'next': {
        const change = message.payload.data?.changed;
        if (change) {
          this.#cursor = change.cursor;
          this.given.heard(change);
        }
        break;
      }
      case 'error':
      case 'complete':
        // A cursor that is not taken any more is not asked for twice.
        this.#cursor = null;
        this.#socket.close(1000);
        break;
    }
  }

  #closed(code) {
    if (this.#ended) return;
    if (code === 4401 || code === 4403) {
      this.given.signedOut();
      return;
    }
    this.given.state('waiting');
    this.#timer = setTimeout(() => this.#connect(), this.#pause);
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE);
  }
}
