// @ts-check
import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';
import { BackOff } from '../client/feed/back_off.js';
import { CommandRefused, Feed } from '../client/feed/feed.js';
import { comesBack } from '../client/feed/messages.js';

class FakeSocket {
  /** @type {FakeSocket[]} */
  static made = [];

  /** @param {string} address */
  constructor(address) {
    this.address = address;
    this.readyState = 1;
    /** @type {any[]} */
    this.sent = [];
    this.onmessage = (/** @type {{data: string}} */ _event) => {};
    this.onclose = (/** @type {{code: number}} */ _event) => {};
    FakeSocket.made.push(this);
  }

  /** @param {string} text */
  send(text) {
    this.sent.push(JSON.parse(text));
  }

  close() {
    this.readyState = 3;
  }

  /** @param {object} message */
  says(message) {
    this.onmessage({ data: JSON.stringify(message) });
  }
}

const HELLO = { t: 'hello', d: { protocol: 1, epoch: 'e', offset: 7, now_ms: 1, heartbeat_s: 5 } };
const SECOND = { t: 'hello', d: { ...HELLO.d, protocol: 2, heartbeat_s: 20, resumed: false, user: null } };
const SNAPSHOT = { t: 'snapshot', d: {} };

beforeEach((context) => {
  FakeSocket.made = [];
  mock.timers.reset();
  mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
  void context;
});

async function opened(/** @type {object} */ hello = HELLO) {
  /** @type {string[]} */
  const states = [];
  /** @type {any[]} */
  const heard = [];
  const feed = new Feed({
    address: (since) => `ws://here/feed${since === null ? '' : `?since=${since}`}`,
    onMessage: (message) => heard.push(message),
    onState: (state, code) => states.push(code === 0 ? state : `${state} ${code}`),
    socket: /** @type {any} */ (FakeSocket),
    backOff: new BackOff({ random: () => 1 }),
  });
  await feed.open();
  FakeSocket.made[0].says(hello);
  return { feed, states, heard, socket: FakeSocket.made[0] };
}

/** Let promises settle. */
const settle = async () => {
  for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
};

test('a reply finds its question by the id', async () => {
  const { feed, socket, heard } = await opened();
  const first = feed.ask('chat.say', { text: 'a' });
  const second = feed.ask('gift.send', { gift: 'rose' });
  const [one, two] = socket.sent;
  socket.says({ t: 'reply', d: { id: two.id, ok: true, balance: 90 } });
  socket.says({ t: 'reply', d: { id: one.id, ok: true, message: 'm' } });
  assert.equal((await second).balance, 90);
  assert.equal((await first).message, 'm');
  assert.deepEqual(heard.map((message) => message.t), ['hello']);
});

test('a refused command fails with its stable code', async () => {
  const { feed, socket } = await opened();
  const asked = feed.ask('gift.send', {});
  socket.says({ t: 'error', d: { id: socket.sent[0].id, code: 'insufficient-coins', detail: 'no' } });
  await assert.rejects(asked, (error) => error instanceof CommandRefused && error.code === 'insufficient-coins');
});

test('a refused command says how long, and whatever else the server has said', async () => {
  const { feed, socket } = await opened();
  const asked = feed.ask('chat.say', {});
  socket.says({ t: 'error', d: { id: socket.sent[0].id, code: 'chat-slow', detail: 'no', status: 429, retry_after_s: 7 } });
  await assert.rejects(asked, (error) => error instanceof CommandRefused && error.status === 429 && error.problem.retry_after_s === 7);
  const again = feed.ask('chat.say', {});
  socket.says({ t: 'error', d: { id: socket.sent[1].id, code: 'muted-here', detail: 'no', until_ms: 90_000 } });
  await assert.rejects(again, (error) => error instanceof CommandRefused && error.problem.until_ms === 90_000);
});

test('a question without an answer fails in time', async () => {
  const { feed } = await opened();
  const asked = feed.ask('chat.say', {});
  mock.timers.tick(10_000);
  await assert.rejects(asked, (error) => error instanceof CommandRefused && error.code === 'no-answer');
});

test('questions fail when the socket is lost, and it comes back', async () => {
  const { feed, socket, states } = await opened();
  const asked = feed.ask('chat.say', {});
  socket.onclose({ code: 1006 });
  await assert.rejects(asked, (error) => error instanceof CommandRefused && error.code === 'offline');
  mock.timers.tick(400);
  await settle();
  assert.equal(FakeSocket.made.length, 2);
  FakeSocket.made[1].says(HELLO);
  assert.equal(states.at(-1), 'open');
});

test('a ban is no reason to come back', async () => {
  const { socket, states } = await opened();
  socket.onclose({ code: 4403 });
  mock.timers.tick(60_000);
  await settle();
  assert.equal(FakeSocket.made.length, 1);
  assert.equal(states.at(-1), 'closed 4403');
});

test('who comes back hears why he was sent away: with 4002 he needs another token', async () => {
  const { socket, states } = await opened();
  socket.onclose({ code: 4002 });
  assert.equal(states.at(-1), 'reconnecting 4002');
  mock.timers.tick(400);
  await settle();
  assert.deepEqual([states.at(-1), FakeSocket.made.length], ['reconnecting', 2]);
});

test('an unknown room and a broken protocol end it, everything else comes back', () => {
  assert.deepEqual([4000, 4403, 4404].map(comesBack), [false, false, false]);
  assert.deepEqual([1000, 1006, 1011, 1012, 4001, 4002, 4409].map(comesBack), Array(7).fill(true));
});

test('a socket that has gone silent is given up', async () => {
  const { socket } = await opened();
  mock.timers.tick(15_000);
  assert.equal(socket.sent.filter((message) => message.t === 'ping').length, 3);
  mock.timers.tick(5_000);
  assert.equal(socket.readyState, 3);
  mock.timers.tick(400);
  await settle();
  assert.equal(FakeSocket.made.length, 2);
});

/** Lose the last socket; the next one, that is opened in its place. */
async function again() {
  FakeSocket.made.at(-1)?.onclose({ code: 1006 });
  mock.timers.tick(10_000);
  await settle();
  return /** @type {FakeSocket} */ (FakeSocket.made.at(-1));
}

test('who comes back says what he has heard last', async () => {
  const { socket } = await opened(SECOND);
  socket.says(SNAPSHOT);
  assert.match((await again()).address, /since=e\.7$/);
  const second = /** @type {FakeSocket} */ (FakeSocket.made.at(-1));
  second.says({ ...SECOND, d: { ...SECOND.d, resumed: true } });
  second.says({ t: 'gift.sent', e: 'e', o: 9, d: {} });
  second.says({ t: 'pong', d: {} });
  assert.match((await again()).address, /since=e\.9$/);
});

test('what a greeting says is not heard before its snapshot has come', async () => {
  await opened(SECOND);
  assert.equal((await again()).address, 'ws://here/feed');
});

test('of what was missed only that counts which has come', async () => {
  const { socket } = await opened(SECOND);
  socket.says(SNAPSHOT);
  const second = await again();
  second.says({ ...SECOND, d: { ...SECOND.d, offset: 100, resumed: true } });
  second.says({ t: 'gift.sent', e: 'e', o: 8, d: {} });
  assert.match((await again()).address, /since=e\.8$/);
});

test('a beat says how far a room without news has come', async () => {
  const { socket } = await opened(SECOND);
  socket.says(SNAPSHOT);
  socket.says({ t: 'beat', e: 'e', o: 40, d: { now_ms: 1 } });
  assert.match((await again()).address, /since=e\.40$/);
});

test('after a new snapshot what was heard before is forgotten', async () => {
  const { socket } = await opened(SECOND);
  socket.says(SNAPSHOT);
  socket.says({ t: 'gift.sent', e: 'e', o: 50, d: {} });
  const second = await again();
  second.says({ ...SECOND, d: { ...SECOND.d, epoch: 'f', offset: 1 } });
  second.says(SNAPSHOT);
  assert.match((await again()).address, /since=f\.1$/);
});

test('who has become somebody else is shown everything', async () => {
  const { socket, heard, states } = await opened({ t: 'hello', d: { ...SECOND.d, user: 'ann' } });
  socket.says(SNAPSHOT);
  const second = await again();
  second.says({ t: 'hello', d: { ...SECOND.d, resumed: true, user: 'bob' } });
  assert.equal(second.readyState, 3);
  second.says({ t: 'gift.sent', e: 'e', o: 8, d: {} });
  assert.deepEqual(heard.map((message) => message.t), ['hello', 'snapshot']);
  mock.timers.tick(10_000);
  await settle();
  const third = /** @type {FakeSocket} */ (FakeSocket.made.at(-1));
  assert.equal(third.address, 'ws://here/feed');
  third.says({ t: 'hello', d: { ...SECOND.d, user: 'bob' } });
  assert.equal(states.at(-1), 'open');
});

test('of a server that gives signs of life none is asked for', async () => {
  const { socket } = await opened(SECOND);
  for (let beat = 0; beat < 10; beat += 1) {
    mock.timers.tick(15_000);
    socket.says({ t: 'beat', d: { now_ms: beat } });
  }
  assert.deepEqual([socket.sent, FakeSocket.made.length], [[], 1]);
  mock.timers.tick(20_000);
  assert.equal(socket.readyState, 1);
  mock.timers.tick(5_000);
  assert.equal(socket.readyState, 3);
});

test('one that answers its pings is kept', async () => {
  const { socket } = await opened();
  for (let beat = 0; beat < 10; beat += 1) {
    mock.timers.tick(5_000);
    socket.says({ t: 'pong', d: { now_ms: beat } });
  }
  assert.equal(FakeSocket.made.length, 1);
});

test('after close nothing is opened any more', async () => {
  const { feed, socket } = await opened();
  feed.close();
  socket.onclose({ code: 1006 });
  mock.timers.tick(60_000);
  await settle();
  assert.equal(FakeSocket.made.length, 1);
});

test('what is not JSON is ignored', async () => {
  const { socket, heard } = await opened();
  socket.onmessage({ data: '<html>' });
  assert.equal(heard.length, 1);
});

test('the wait doubles up to its bound and never leaves its half', () => {
  const most = new BackOff({ firstMs: 100, mostMs: 1000, random: () => 1 });
  assert.deepEqual([1, 2, 3, 4, 5, 6].map(() => most.next()), [100, 200, 400, 800, 1000, 1000]);
  const least = new BackOff({ firstMs: 100, mostMs: 1000, random: () => 0 });
  assert.deepEqual([1, 2].map(() => least.next()), [50, 100]);
  most.reset();
  assert.equal(most.next(), 100);
});
