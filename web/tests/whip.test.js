// @ts-check
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OfferRefused } from '../client/media/exchange.js';

// `stats` shows itself to the curious as soon as it is loaded.
Object.assign(globalThis, { window: globalThis });
const { GuestPublish, Publish } = await import('../client/media/whip.js');

const wiring = { endpoint: '/whip/R', token: () => null, onState: () => {}, stillOurs: async () => true, simulcast: false };
const refused = (/** @type {number} */ status, /** @type {string} */ code) => new OfferRefused(status, code, '', 2_000);

test('a guest whose host is lost for a moment asks again, and one whose stage is full does not', () => {
  const guest = new GuestPublish(wiring);
  assert.equal(guest.isFinal(refused(409, 'not-live')), false);
  assert.equal(guest.isFinal(refused(409, 'stage-full')), true);
  assert.equal(guest.isFinal(refused(403, 'not-on-stage')), true);
  assert.equal(guest.isFinal(refused(503, 'worker-full')), false);
});

test('for a host any conflict is final', () => {
  assert.equal(new Publish(wiring).isFinal(refused(409, 'not-live')), true);
});

/** @param {string} kind @param {string} name */
const track = (kind, name) => /** @type {MediaStreamTrack} */ (/** @type {unknown} */ ({ kind, name, contentHint: '' }));

class FakeStream {
  /** @param {MediaStreamTrack[]} tracks */
  constructor(tracks) {
    this.getTracks = () => tracks;
  }
}

class FakeSender {
  /** @param {FakeConnection} connection @param {any} track */
  constructor(connection, track) {
    this.connection = connection;
    this.track = track;
  }
  getParameters() {
    return {};
  }
  setParameters() {
    return new Promise((done) => (this.connection.parametersSet = done));
  }
  /** @param {any} track */
  async replaceTrack(track) {
    await null;
    if (this.connection.closed) throw new Error('closed');
    this.track = track;
  }
}

class FakeConnection {
  /** @type {FakeSender[]} */
  senders = [];
  closed = false;
  parametersSet = (/** @type {unknown} */ _) => {};
  getSenders() {
    return this.senders;
  }
  /** @param {any} track */
  addTransceiver(track) {
    const sender = new FakeSender(this, track);
    this.senders.push(sender);
    return { sender, setCodecPreferences() {} };
  }
  close() {
    this.closed = true;
  }
}

/** A publisher with an exchange under way, and what is sent by it. */
function underWay() {
  Object.assign(globalThis, { MediaStream: FakeStream, RTCRtpSender: { getCapabilities: () => null } });
  const connection = new FakeConnection();
  const publish = new Publish(wiring);
  const real = /** @type {RTCPeerConnection} */ (/** @type {unknown} */ (connection));
  publish.stream = new MediaStream([track('video', 'front'), track('audio', 'built in')]);
  publish.connection = real;
  return { publish, connection, prepared: Promise.resolve(publish.prepare(real)), sent: () => connection.senders.map((each) => each.track.name) };
}

test('a device that is changed while an offer is being prepared is the one that is sent', async () => {
  const { publish, connection, prepared, sent } = underWay();
  await publish.swap(track('audio', 'headset'));
  await publish.swap(track('video', 'back'));
  connection.parametersSet(null);
  await prepared;
  assert.deepEqual(sent().sort(), ['back', 'headset']);
});

test('a device that is changed while its session is given up is sent in the next', async () => {
  const { publish } = underWay();
  const swapped = publish.swap(track('audio', 'headset'));
  publish.release();
  await swapped;
  assert.deepEqual(publish.stream?.getTracks().map((each) => /** @type {any} */ (each).name), ['front', 'headset']);
});
