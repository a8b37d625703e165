// @ts-check
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { h264First } from '../client/media/codecs.js';
import { chooseLayer, leave, learnServers, negotiate, OfferRefused, restartIce, retryAfter, site } from '../client/media/exchange.js';
import { waitsForUs } from '../client/media/whose.js';

/** @typedef {{address: string, method: string, headers: Record<string, string>, keepalive: boolean}} Asked */

/**
 * Answer fetches from a list, and remember what was asked.
 * @param {(() => Response)[]} answers
 */
function answering(...answers) {
  /** @type {Asked[]} */
  const asked = [];
  globalThis.fetch = async (input, init = {}) => {
    const { method = 'GET', headers = {}, keepalive = false } = init;
    asked.push({ address: String(input), method, headers: /** @type {Record<string, string>} */ (headers), keepalive });
    const answer = answers.shift();
    if (answer === undefined) throw new TypeError('nobody answers');
    return answer();
  };
  return asked;
}

/** @param {unknown} body @param {number} status @param {Record<string, string>} [headers] */
const json = (body, status, headers = {}) => () => new Response(JSON.stringify(body), { status, headers });

/** @param {string} url @param {Response} response */
function from(url, response) {
  Object.defineProperty(response, 'url', { value: url });
  return response;
}

beforeEach(() => {
  site.namesServers = null;
});

class FakeConnection {
  signalingState = 'stable';
  answered = '';
  /** @type {string[]} */
  done = [];
  /** @type {RTCConfiguration} */
  configuration = { iceTransportPolicy: 'relay' };
  async createOffer() {
    return { type: 'offer', sdp: 'v=0 offer' };
  }
  getConfiguration() {
    return this.configuration;
  }
  /** @param {RTCConfiguration} configuration */
  setConfiguration(configuration) {
    this.done.push('configured');
    this.configuration = configuration;
  }
  /** @param {{type: string}} _description */
  async setLocalDescription(_description) {
    this.done.push('gathers');
    this.signalingState = 'have-local-offer';
  }
  /** @param {{sdp: string}} description */
  async setRemoteDescription(description) {
    this.answered = description.sdp;
  }
}

const OFFER = /** @type {const} */ ({ type: 'offer', sdp: 'v=0 offer' });

/** @param {FakeConnection} connection @param {AbortSignal} [signal] */
const join = (connection, signal = new AbortController().signal) => negotiate(/** @type {any} */ (connection), OFFER, '/whep/R', 'token', signal);

test('a session is found relative to the address that answered', async () => {
  const connection = new FakeConnection();
  const asked = answering(() => from('http://home.example/whep/R', new Response('v=0 answer', { status: 201, headers: { Location: '/whep/R/sessions/s1', ETag: '"1"' } })));
  assert.deepEqual(await join(connection), { address: 'http://home.example/whep/R/sessions/s1', etag: '"1"', layer: null });
  assert.equal(connection.answered, 'v=0 answer');
  assert.equal(asked[0].headers.Authorization, 'Bearer token');
  assert.equal(asked[0].headers['Content-Type'], 'application/sdp');
});

test('where a layer is chosen is told by a link, relative to the address that answered, and there it is asked for', async () => {
  const Link = '<stun:a.example>; rel="ice-server", </whep/R/sessions/s1/layer>; rel="urn:ietf:params:whep:ext:core:layer"';
  const created = () => from('http://home.example/whep/R', new Response('v=0', { status: 201, headers: { Location: '/whep/R/sessions/s1', Link } }));
  const asked = answering(created, () => new Response(null, { status: 200 }), json({ code: 'no-picture' }, 409));
  const session = await join(new FakeConnection());
  assert.equal(session.layer, 'http://home.example/whep/R/sessions/s1/layer');
  const { signal } = new AbortController();
  await chooseLayer(session, 'half', 'token', signal);
  const { address, method, headers } = asked[1];
  assert.deepEqual([address, method, headers['Content-Type'], headers.Authorization], [session.layer, 'POST', 'application/json', 'Bearer token']);
  await assert.rejects(chooseLayer(session, 'half', null, signal), (error) => error instanceof OfferRefused && error.code === 'no-picture');
});

test('candidates are gathered with the servers that the answer names, and not before', async () => {
  const connection = new FakeConnection();
  const headers = { Location: '/s', Link: '<stun:a.example>; rel="ice-server"' };
  answering(() => {
    assert.deepEqual(connection.done, []);
    return from('http://h/whep/R', new Response('v=0', { status: 201, headers }));
  });
  await join(connection);
  assert.deepEqual(connection.done, ['configured', 'gathers']);
  assert.deepEqual(connection.configuration, { iceTransportPolicy: 'relay', iceServers: [{ urls: 'stun:a.example' }] });
});

test('where no servers are named, candidates are gathered while the answer is under way', async () => {
  const opened = () => from('http://h/whep/R', new Response('v=0', { status: 201, headers: { Location: '/s' } }));
  const asked = answering(() => new Response(null, { status: 200 }), opened, opened);
  await learnServers('/whep/R', new AbortController().signal);
  await learnServers('/whep/R', new AbortController().signal);
  assert.deepEqual(asked.map(({ method }) => method), ['OPTIONS'], 'asked once');
  const connection = new FakeConnection();
  const joined = join(connection);
  assert.deepEqual(connection.done, ['gathers']);
  await joined;
  assert.deepEqual(connection.done, ['gathers']);
});

test('servers that are named after all are for the next ICE restart', async () => {
  site.namesServers = false;
  const headers = { Location: '/s', Link: '<stun:a.example>; rel="ice-server"' };
  answering(() => from('http://h/whep/R', new Response('v=0', { status: 201, headers })));
  const connection = new FakeConnection();
  await join(connection);
  assert.deepEqual(connection.done, ['gathers', 'configured']);
  assert.equal(site.namesServers, true);
});

test('a room that is not live says when to ask again', async () => {
  answering(json({ code: 'not-live', detail: 'x' }, 409, { 'Retry-After': '2' }));
  await assert.rejects(join(new FakeConnection()), (error) => error instanceof OfferRefused && error.code === 'not-live' && error.retryAfterMs === 2_000 && !error.final);
});

test('a ban is final, an overload and a silent server are not', async () => {
  answering(json({ code: 'sanctioned' }, 403));
  await assert.rejects(join(new FakeConnection()), (error) => error instanceof OfferRefused && error.final);
  answering(json({ code: 'no-media-worker' }, 503));
  await assert.rejects(join(new FakeConnection()), (error) => error instanceof OfferRefused && !error.final);
  answering();
  await assert.rejects(join(new FakeConnection()), (error) => error instanceof OfferRefused && error.code === 'unreachable' && !error.final);
});

test('who leaves while the answer is under way leaves no session behind', async () => {
  const leaving = new AbortController();
  const asked = answering(
    () => {
      leaving.abort();
      return from('http://h/whep/R', new Response('v=0', { status: 201, headers: { Location: 'sessions/s2' } }));
    },
    () => new Response(null, { status: 200 }),
  );
  await assert.rejects(join(new FakeConnection(), leaving.signal), { name: 'AbortError' });
  assert.deepEqual(asked.map(({ method }) => method), ['POST', 'DELETE']);
});

test('a session is ended with a request that outlives the page', () => {
  const asked = answering(() => new Response(null, { status: 200 }));
  leave({ address: 'http://h/s', etag: null, layer: null }, 'token');
  leave(null, 'token');
  assert.equal(asked.length, 1);
  assert.deepEqual([asked[0].method, asked[0].keepalive], ['DELETE', true]);
});

test('Retry-After is read as seconds or as a date, and bounded', () => {
  assert.equal(retryAfter('3', 0), 3_000);
  assert.equal(retryAfter('Thu, 01 Jan 1970 00:00:10 GMT', 4_000), 6_000);
  assert.equal(retryAfter('99999', 0), 60_000);
  assert.equal(retryAfter(null, 0), null);
  assert.equal(retryAfter('soon', 0), null);
});

test('constrained baseline in packetization mode 1 is asked for first', () => {
  const codecs = [
    { mimeType: 'video/VP8' },
    { mimeType: 'video/H264', sdpFmtpLine: 'packetization-mode=1;profile-level-id=640c1f' },
    { mimeType: 'video/H264', sdpFmtpLine: 'packetization-mode=0;profile-level-id=42e01f' },
    { mimeType: 'video/H264', sdpFmtpLine: 'packetization-mode=1;profile-level-id=42001f' },
    { mimeType: 'video/H264', sdpFmtpLine: 'packetization-mode=1;profile-level-id=42e01f' },
  ];
  assert.deepEqual(h264First(codecs).map((codec) => codecs.indexOf(codec)), [4, 3, 1, 2, 0]);
});

const broadcastNow = async () => (await (await fetch('http://h/room')).json()).broadcast;

test('a lost publisher comes back to his session, or to a broadcast that waits', async () => {
  answering(() => new Response(null, { status: 204 }));
  assert.equal(await waitsForUs(broadcastNow, 'http://h/s'), true);
  answering(json({}, 404), json({ broadcast: { state: 'live' } }, 200), json({ broadcast: { state: 'reconnecting' } }, 200));
  assert.equal(await waitsForUs(broadcastNow, 'http://h/s', false, async () => {}), true);
});

test('after a worker was killed he comes back at once, although nobody has noticed yet', async () => {
  answering(json({ reason: null }, 404), json({ broadcast: { state: 'live' } }, 200));
  assert.equal(await waitsForUs(broadcastNow, 'http://h/s', true), true);
});

test('he never fights a newer publisher', async () => {
  for (const reason of ['replaced', 'ended', 'banned', 'key-rotated']) {
    const asked = answering(json({ reason }, 404));
    assert.equal(await waitsForUs(broadcastNow, 'http://h/s', true), false, reason);
    assert.equal(asked.length, 1);
  }
});

test('he does not come back to a broadcast that is over, or that another camera shows', async () => {
  answering(json({}, 404), json({ broadcast: null }, 200));
  assert.equal(await waitsForUs(broadcastNow, 'http://h/s', false, async () => {}), false);
  answering(json({}, 404), ...Array.from({ length: 4 }, () => json({ broadcast: { state: 'live' } }, 200)));
  assert.equal(await waitsForUs(broadcastNow, 'http://h/s', false, async () => {}), false);
});

class RestartedConnection extends FakeConnection {
  remoteDescription = { sdp: 'v=0\r\na=ice-ufrag:old\r\na=ice-pwd:oldpassword\r\na=candidate:1 old\r\na=end-of-candidates\r\n' };
  rolledBack = false;
  async createOffer() {
    return { type: 'offer', sdp: 'v=0\r\na=group:BUNDLE 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=ice-ufrag:mine\r\na=ice-pwd:minepassword\r\n' };
  }
  /** @param {{type: string}} description */
  async setLocalDescription({ type }) {
    this.signalingState = type === 'rollback' ? 'stable' : 'have-local-offer';
    this.rolledBack = type === 'rollback';
  }
}

/** @param {RestartedConnection} connection @param {import('../client/media/exchange.js').MediaSession} session */
const restart = (connection, session) => restartIce(/** @type {any} */ (connection), session, 'token', new AbortController().signal);

test('an ICE restart sends our new credentials and applies the new ones of the server', async () => {
  const connection = new RestartedConnection();
  const session = { address: 'http://h/s', etag: '"1"', layer: null };
  const asked = answering(() => new Response('a=ice-lite\r\na=ice-ufrag:new\r\na=ice-pwd:newpassword\r\na=candidate:1 new\r\n', { status: 200, headers: { ETag: '"2"' } }));
  await restart(connection, session);
  assert.deepEqual([asked[0].method, asked[0].address, asked[0].headers['If-Match']], ['PATCH', 'http://h/s', '*']);
  assert.equal(asked[0].headers['Content-Type'], 'application/trickle-ice-sdpfrag');
  assert.equal(asked[0].headers.Authorization, 'Bearer token');
  assert.equal(connection.answered, 'v=0\r\na=ice-ufrag:new\r\na=ice-pwd:newpassword\r\na=candidate:1 new\r\n');
  assert.equal(session.etag, '"2"');
});

test('a refused restart leaves the connection and its session as they were', async () => {
  const connection = new RestartedConnection();
  const session = { address: 'http://h/s', etag: '"1"', layer: null };
  answering(json({ code: 'session-unknown' }, 404));
  await assert.rejects(restart(connection, session), (error) => error instanceof OfferRefused && error.status === 404);
  assert.equal(connection.rolledBack, true);
  assert.equal(session.etag, '"1"');
});

test('an unknown refusal counts as the first of its hundred', async () => {
  for (const [status, final] of /** @type {[number, boolean][]} */ ([[418, true], [451, true], [429, false], [408, false], [599, false], [500, false]])) {
    answering(() => new Response('<h1>a proxy says something</h1>', { status }));
    await assert.rejects(join(new FakeConnection()), (error) => error instanceof OfferRefused && error.code === 'refused' && error.final === final);
  }
});

test('the token goes with every request, and without one there is no such header', async () => {
  for (const token of ['token', null]) {
    const opened = () => from('http://h/whep/R', new Response('v=0', { status: 201, headers: { Location: '/s' } }));
    const fragment = () => new Response('a=ice-ufrag:n\r\na=ice-pwd:p\r\n', { status: 200 });
    const asked = answering(opened, fragment, () => new Response(null));
    const session = await negotiate(/** @type {any} */ (new FakeConnection()), OFFER, '/whep/R', token, new AbortController().signal);
    await restartIce(/** @type {any} */ (new RestartedConnection()), session, token, new AbortController().signal);
    leave(session, token);
    assert.deepEqual(asked.map(({ method }) => method), ['POST', 'PATCH', 'DELETE']);
    for (const { headers } of asked) assert.equal(headers.Authorization, token === null ? undefined : 'Bearer token');
  }
});
