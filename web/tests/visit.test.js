// @ts-check
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { FakeStream, FakeTrack, usesDevices } from './fake_devices.js';

usesDevices();
const { GuestVisit } = await import('../guest/visit.js');

/** @type {((stream: any) => void)[]} prompts that wait for the person */
let prompts = [];

beforeEach(() => {
  prompts = [];
  navigator.mediaDevices.getUserMedia = () => new Promise((allow) => prompts.push(allow));
});

const devices = () => new FakeStream([new FakeTrack('audio'), new FakeTrack('video')]);
const settle = () => new Promise((done) => setImmediate(done));

function visiting() {
  const visit = new GuestVisit('r');
  /** @type {unknown[]} */
  const published = [];
  visit.publish.start = (stream) => {
    published.push(stream);
    visit.state.value = 'connecting';
  };
  return { visit, published };
}

test('two taps ask for the devices once and publish once', async () => {
  const { visit, published } = visiting();
  void visit.enter(true);
  void visit.enter(true);
  assert.equal(prompts.length, 1);
  const stream = devices();
  prompts[0](stream);
  await settle();
  assert.deepEqual(published, [stream]);
});

test('devices that come when the visit is over are let go, and the next visit asks for its own', async () => {
  const { visit, published } = visiting();
  void visit.enter(true);
  visit.stop();
  void visit.enter(true);
  assert.equal(prompts.length, 2);
  const [late, own] = [devices(), devices()];
  prompts[0](late);
  await settle();
  assert.deepEqual(late.getTracks().map((track) => track.readyState), ['ended', 'ended']);
  assert.deepEqual(published, []);
  prompts[1](own);
  await settle();
  assert.deepEqual(published, [own]);
  assert.equal(own.getTracks()[0].readyState, 'live');
});
