// @ts-check
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { iceServers } from '../client/media/ice_servers.js';

const TURN = '<turn:t.example:3478?transport=udp>; rel="ice-server"; username="1893456000:ann"; credential="JIag/wY6+5Bb="; credential-type="password"';

test('one header may name several servers', () => {
  assert.deepEqual(iceServers(`<stun:s.example:3478>; rel="ice-server", ${TURN}, ${TURN.replace('turn:', 'turns:')}`), [
    { urls: 'stun:s.example:3478' },
    { urls: 'turn:t.example:3478?transport=udp', username: '1893456000:ann', credential: 'JIag/wY6+5Bb=' },
    { urls: 'turns:t.example:3478?transport=udp', username: '1893456000:ann', credential: 'JIag/wY6+5Bb=' },
  ]);
});

test('other links are not ours, and a TURN server without a password would make the browser throw', () => {
  assert.deepEqual(iceServers('</next>; rel="next", <turn:t.example>; rel="ice-server", <https://x>; rel=ice-server'), []);
  assert.deepEqual(iceServers('<turn:t>; rel="ice-server"; username="u"; credential="c"; credential-type="oauth"'), []);
  assert.deepEqual(iceServers(null), []);
  assert.deepEqual(iceServers('nonsense <'), []);
});

test('bare and quoted values are read alike, escapes undone', () => {
  assert.deepEqual(iceServers('<turn:t.example>;rel=ice-server;username=u;credential="a\\"b, c"'), [{ urls: 'turn:t.example', username: 'u', credential: 'a"b, c' }]);
});

test('no page is made to ask more servers than helps', () => {
  assert.equal(iceServers(Array.from({ length: 50 }, (_, n) => `<stun:s${n}.example>; rel="ice-server"`).join(', ')).length, 8);
});
