// @ts-check
import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';
import { BackOff } from '../client/feed/back_off.js';

// `stats` shows itself to the curious as soon as it is loaded.
Object.assign(globalThis, { window: globalThis });
const { Link } = await import('../client/media/link.js');

const FRAGMENT = 'a=ice-ufrag:new\r\na=ice-pwd:newpassword\r\n';

class FakeConnection {
  /** @type {FakeConnection[]} */
  static made = [];
  signalingState = 'stable';
  connectionState = 'new';
  remoteDescription = { sdp: '' };
  received = 0;
  onconnectionstatechange = () => {};

  constructor() {
    FakeConnection.made.push(this);
  }

  async createOffer() {
    return { type: 'offer', sdp: 'v=0\r\nm=audio 9 X 1\r\n' };
  }
  /** @param {{type: string}} description */
  async setLocalDescription({ type }) {
    this.signalingState = type === 'offer' ? 'have-local-offer' : 'stable';
  }
  async setRemoteDescription() {
    this.signalingState = 'stable';
  }
  async getStats() {
    return new Map([['T', { type: 'transport', bytesReceived: this.received }]]);
  }
  close() {
    this.signalingState = 'closed';
  }

  /** @param {string} state */
  is(state) {
    this.connectionState = state;
    this.onconnectionstatechange();
  }
}

/** @type {string[]} */
let asked = [];
/** @type {Record<string, () => Response>} by method */
let answers = {};

const created = () => {
  const response = new Response('v=0 answer', { status: 201, headers: { Location: '/s', ETag: '"1"' } });
  Object.defineProperty(response, 'url', { value: 'http://h/whep/R' });
  return response;
};

class Told extends Link {
  /** @type {string[]} */
  told = [];
  returns = true;

  constructor() {
    super('/whep/R', () => null, new BackOff({ random: () => 0 }));
    this.stopped = false;
  }
  /** @override */
  opening() {
    this.told.push('opening');
  }
  /** @override */
  up() {
    this.told.push('up');
  }
  /** @override */
  down() {
    this.told.push('down');
  }
  /** @override */
  over() {
    this.told.push('over');
  }
  /** @override */
  async mayReturn() {
    return this.returns;
  }
}

/** Let everything that waits for promises go on. */
const settle = async () => {
  for (let turn = 0; turn < 30; turn += 1) await Promise.resolve();
};

/** @param {number} ms */
const passes = async (ms) => {
  for (let step = 0; step < ms; step += 100) {
    mock.timers.tick(100);
    await settle();
  }
};

beforeEach(() => {
  console.debug = () => {};
  mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'Date'] });
  FakeConnection.made = [];
  asked = [];
  answers = { POST: created, PATCH: () => new Response(FRAGMENT, { status: 200, headers: { ETag: '"2"' } }), DELETE: () => new Response(null) };
  const fetched = async (/** @type {unknown} */ _address, { method = 'GET' } = {}) => {
    asked.push(method);
    return answers[method]();
  };
  Object.assign(globalThis, { RTCPeerConnection: FakeConnection, fetch: fetched });
});

/** A link whose media flow. */
async function playing() {
  const link = new Told();
  void link.join();
  await settle();
  const [connection] = FakeConnection.made;
  connection.is('connected');
  return { link, connection };
}

/** @param {FakeConnection} connection @param {number} ms */
async function flows(connection, ms) {
  for (let step = 0; step < ms; step += 500) {
    connection.received += 1_000;
    await passes(500);
  }
}

const each = (/** @type {string} */ name, /** @type {() => Promise<void>} */ body) =>
  test(name, async () => {
    try {
      await body();
    } finally {
      mock.timers.reset();
    }
  });

each('while packets come nothing is asked', async () => {
  const { link, connection } = await playing();
  await flows(connection, 20_000);
  assert.deepEqual(asked, ['POST']);
  assert.deepEqual(link.told, ['opening', 'up']);
  link.release();
});

each('after two seconds without a packet ICE is restarted, and the session goes on when that helps', async () => {
  const { link, connection } = await playing();
  await flows(connection, 1_000);
  await passes(2_000);
  assert.deepEqual(asked, ['POST', 'PATCH']);
  await flows(connection, 10_000);
  assert.deepEqual(asked, ['POST', 'PATCH']);
  assert.deepEqual([link.session?.etag, FakeConnection.made.length], ['"2"', 1]);
  link.release();
});

each('a disconnected session is restarted at once, without a word to the page', async () => {
  const { link, connection } = await playing();
  connection.is('disconnected');
  await settle();
  assert.deepEqual(asked, ['POST', 'PATCH']);
  connection.is('connected');
  await flows(connection, 5_000);
  assert.deepEqual(asked, ['POST', 'PATCH']);
  assert.ok(!link.told.includes('down'));
  link.release();
});

each('a restart that brings nothing is followed by a new session', async () => {
  const { link, connection } = await playing();
  await flows(connection, 500);
  connection.is('disconnected');
  await passes(2_000);
  assert.deepEqual(asked, ['POST', 'PATCH', 'DELETE', 'POST']);
  assert.deepEqual(link.told, ['opening', 'up', 'down', 'opening']);
  assert.equal(connection.signalingState, 'closed');
  link.release();
});

each('a restart that nobody answers is given up after a second', async () => {
  const { link, connection } = await playing();
  Object.assign(globalThis, {
    fetch: (/** @type {unknown} */ _address, /** @type {any} */ { method, signal }) =>
      new Promise((_, reject) => {
        asked.push(method);
        signal?.addEventListener('abort', () => reject(signal.reason));
      }),
  });
  connection.is('disconnected');
  await passes(1_500);
  assert.deepEqual(asked, ['POST', 'PATCH', 'DELETE', 'POST']);
  link.release();
});

each('a session that the server does not know any more is replaced within a second', async () => {
  const { link, connection } = await playing();
  answers.PATCH = () => new Response('{"code":"session-unknown"}', { status: 404 });
  await flows(connection, 500);
  await passes(2_500);
  assert.deepEqual(asked, ['POST', 'PATCH', 'DELETE', 'POST']);
  link.release();
});

each('who may not return does not', async () => {
  const { link, connection } = await playing();
  link.returns = false;
  connection.is('failed');
  await passes(20_000);
  assert.deepEqual(link.told, ['opening', 'up', 'down', 'over']);
  assert.equal(FakeConnection.made.length, 1);
});

each('a wait that the server has told is kept, and stretched a little for each by himself', async () => {
  answers.POST = () => new Response('{"code":"no-media-worker"}', { status: 503, headers: { 'Retry-After': '2' } });
  const link = new Told();
  link.backOff.random = () => 1;
  void link.join();
  await passes(2_400);
  assert.deepEqual(asked, ['POST']);
  await passes(200);
  assert.deepEqual(asked, ['POST', 'POST']);
  link.release();
});
