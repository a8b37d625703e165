// @ts-check
import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';
import { site } from '../client/media/exchange.js';
import { beginToWatch, prepareToWatch, takeHeadStart } from '../client/media/head_start.js';

class FakeConnection {
  /** @type {FakeConnection[]} */
  static made = [];
  signalingState = 'stable';
  answered = '';

  constructor() {
    FakeConnection.made.push(this);
  }
  addTransceiver() {
    return {};
  }
  async createOffer() {
    return { type: 'offer', sdp: 'v=0 offer' };
  }
  async setLocalDescription() {
    this.signalingState = 'have-local-offer';
  }
  /** @param {{sdp: string}} description */
  async setRemoteDescription({ sdp }) {
    this.signalingState = 'stable';
    this.answered = sdp;
  }
  close() {
    this.signalingState = 'closed';
  }
}

/** @type {string[]} */
let asked = [];

const settle = async () => {
  for (let turn = 0; turn < 30; turn += 1) await Promise.resolve();
};

mock.timers.enable({ apis: ['setTimeout'] });

beforeEach(async () => {
  mock.timers.tick(120_000); // what an earlier test has left is given up
  await settle();
  site.namesServers = false;
  FakeConnection.made = [];
  asked = [];
  const fetched = async (/** @type {string} */ address, { method = 'GET' } = {}) => {
    asked.push(`${method} ${address}`);
    const response = new Response(method === 'POST' ? 'v=0 answer' : null, { status: method === 'POST' ? 201 : 200, headers: { Location: '/s' } });
    Object.defineProperty(response, 'url', { value: 'http://h/whep/R' });
    return response;
  };
  Object.assign(globalThis, { RTCPeerConnection: FakeConnection, fetch: fetched });
});

test('the offer is out before anybody draws the room, on the connection that was prepared', async () => {
  prepareToWatch('/whep/R');
  prepareToWatch('/whep/S');
  await settle();
  assert.equal(FakeConnection.made.length, 1);
  assert.equal(FakeConnection.made[0].signalingState, 'have-local-offer');
  beginToWatch('/whep/R', null);
  await settle();
  assert.deepEqual(asked, ['POST /whep/R']);
  const begun = takeHeadStart('/whep/R', null);
  assert.equal(begun?.connection, FakeConnection.made[0]);
  assert.deepEqual(await begun?.session, { address: 'http://h/s', etag: null, layer: null });
  assert.equal(FakeConnection.made[0].answered, 'v=0 answer');
  assert.equal(takeHeadStart('/whep/R', null), null, 'it is taken once');
});

test('without a prepared connection one is made', async () => {
  beginToWatch('/whep/R', null);
  await settle();
  assert.equal((await takeHeadStart('/whep/R', null)?.session)?.address, 'http://h/s');
});

test('a prepared connection grows old, and is replaced', async () => {
  prepareToWatch('/whep/R');
  await settle();
  mock.timers.tick(60_000);
  assert.equal(FakeConnection.made[0].signalingState, 'closed');
  prepareToWatch('/whep/R');
  await settle();
  assert.equal(FakeConnection.made.length, 2);
});

test('what was begun is for this endpoint and this person only', async () => {
  beginToWatch('/whep/R', 'ann');
  assert.equal(takeHeadStart('/whep/S', 'ann'), null);
  assert.equal(takeHeadStart('/whep/R', null), null);
  assert.notEqual(takeHeadStart('/whep/R', 'ann'), null);
});

test('what nobody takes over leaves no session behind', async () => {
  beginToWatch('/whep/R', null);
  await settle();
  mock.timers.tick(3_000);
  await settle();
  assert.deepEqual(asked, ['POST /whep/R', 'DELETE http://h/s']);
  assert.equal(FakeConnection.made.at(-1)?.signalingState, 'closed');
  assert.equal(takeHeadStart('/whep/R', null), null);
});

test('who goes on to another room leaves the first one', async () => {
  beginToWatch('/whep/R', null);
  await settle();
  beginToWatch('/whep/S', null);
  await settle();
  assert.deepEqual([...asked].sort(), ['DELETE http://h/s', 'POST /whep/R', 'POST /whep/S']);
});
