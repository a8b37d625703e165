// @ts-check
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fragmentOf, restarted } from '../client/media/ice_fragment.js';

const lines = (/** @type {string[]} */ ...each) => `${each.join('\r\n')}\r\n`;
const OFFER = lines(
  'v=0',
  'o=- 1 2 IN IP4 127.0.0.1',
  'a=group:BUNDLE 0 1',
  'm=video 9 UDP/TLS/RTP/SAVPF 96 97',
  'a=ice-ufrag:abcd',
  'a=ice-pwd:0123456789012345678901',
  'a=ice-options:trickle',
  'a=fingerprint:sha-256 AA',
  'a=mid:0',
  'm=audio 9 UDP/TLS/RTP/SAVPF 111',
  'a=ice-ufrag:abcd',
  'a=mid:1',
);

test('a fragment has the section that carries the bundle, its credentials and options, and nothing of media', () => {
  const wanted = lines('a=group:BUNDLE 0 1', 'm=video 9 UDP/TLS/RTP/SAVPF 96 97', 'a=ice-ufrag:abcd', 'a=ice-pwd:0123456789012345678901', 'a=ice-options:trickle', 'a=mid:0');
  assert.equal(fragmentOf(OFFER), wanted);
});

test('every section of the answer gets the new credentials and candidates, and keeps the rest', () => {
  const section = (/** @type {string} */ kind) => [`m=${kind} 1 X 1`, 'a=ice-ufrag:o', 'a=ice-pwd:o', 'a=setup:passive', 'a=candidate:1 1 udp 1 10.0.0.1 1 typ host', 'a=end-of-candidates'];
  const answer = lines('v=0', 'a=ice-lite', ...section('audio'), ...section('video'));
  const fragment = lines('a=ice-lite', 'm=audio 1 X 1', 'a=mid:0', 'a=ice-ufrag:n', 'a=ice-pwd:p', 'a=candidate:1 1 udp 1 10.0.0.2 2 typ host', 'a=end-of-candidates');
  const fresh = (/** @type {string} */ kind) => [`m=${kind} 1 X 1`, 'a=ice-ufrag:n', 'a=ice-pwd:p', 'a=candidate:1 1 udp 1 10.0.0.2 2 typ host', 'a=end-of-candidates', 'a=setup:passive'];
  assert.equal(restarted(answer, fragment), lines('v=0', 'a=ice-lite', ...fresh('audio'), ...fresh('video')));
});

test('a fragment without credentials changes nothing', () => {
  assert.throws(() => restarted(OFFER, lines('a=ice-lite', 'a=ice-ufrag:n')));
});
