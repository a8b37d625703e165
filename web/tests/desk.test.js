// @ts-check
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { FakeStream, FakeTrack, usesDevices } from './fake_devices.js';

usesDevices();
const { Desk } = await import('../studio/desk.js');

/** @type {FakeTrack[]} */
let opened = [];

beforeEach(() => {
  opened = [];
  navigator.mediaDevices.getUserMedia = async (/** @type {any} */ { audio, video }) => {
    const tracks = [...(audio ? [new FakeTrack('audio')] : []), ...(video ? [new FakeTrack('video')] : [])];
    opened.push(...tracks);
    return /** @type {any} */ (new FakeStream(tracks));
  };
});

const heard = () => opened.map((track) => [track.kind, track.enabled]);

test('what was switched off before there were devices is off in those that are opened', async () => {
  const desk = new Desk('r');
  desk.toggle('audio');
  await desk.open();
  assert.deepEqual(heard(), [['audio', false], ['video', true]]);
  desk.toggle('video');
  desk.toggle('audio');
  assert.deepEqual(heard(), [['audio', true], ['video', false]]);
});

test('a host who was muted when he lost his devices is muted when he opens them again', async () => {
  const desk = new Desk('r');
  await desk.open();
  desk.toggle('audio');
  desk.devices.close();
  opened = [];
  await desk.open();
  assert.deepEqual(heard(), [['audio', false], ['video', true]]);
  await desk.devices.change('audioinput');
  assert.deepEqual(heard().at(-1), ['audio', false]);
});
