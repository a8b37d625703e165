// @ts-check
import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';

const kept = { getItem: () => null, setItem() {}, removeItem() {} };
Object.assign(globalThis, { window: globalThis, localStorage: kept });
const { session } = await import('../account.js');
const { followedLost, followedUsers, followRelations, loadFollowed, relationsKnown } = await import('../relations.js');

/** @type {string[]} */
let asked = [];
/** @type {(path: string) => Response | Promise<Response>} */
let answer;

/** @param {string | null} user */
const becomes = (user) => (session.value = user === null ? null : /** @type {any} */ ({ token: user, account: { user, name: user, roles: [] } }));
const settle = () => new Promise((done) => setImmediate(done));
const people = (/** @type {string[]} */ ...users) => Response.json({ people: users.map((user) => ({ user, name: user, since_ms: 0 })) });

mock.timers.enable({ apis: ['setTimeout'] });
globalThis.fetch = async (path) => {
  asked.push(String(path));
  return answer(String(path));
};
followRelations();

beforeEach(() => {
  becomes(null);
  asked = [];
});

test('a next token of the same person asks for nothing, and what is known stays', async () => {
  answer = () => people('eva');
  becomes('ann');
  await settle();
  assert.deepEqual([...followedUsers.value], ['eva']);
  becomes('ann');
  await settle();
  assert.deepEqual([[...followedUsers.value], asked.length], [['eva'], 2]);
});

test('what did not come is asked for again by itself, and at once when it is wished', async () => {
  answer = () => new Response('{}', { status: 503 });
  becomes('ann');
  await settle();
  assert.deepEqual([relationsKnown.value, followedLost.value === null], [false, false]);
  loadFollowed();
  assert.equal(followedLost.value, null);
  await settle();
  assert.equal(followedLost.value === null, false);
  answer = () => people('eva');
  mock.timers.tick(10_000);
  await settle();
  assert.deepEqual([[...followedUsers.value], followedLost.value], [['eva'], null]);
});

test('a list that comes late is not that of somebody else', async () => {
  /** @type {((response: Response) => void)[]} */
  const late = [];
  answer = () => new Promise((done) => late.push(done));
  becomes('ann');
  const anns = late.splice(0);
  becomes('bob');
  for (const done of anns) done(people('eva'));
  await settle();
  assert.equal(relationsKnown.value, false);
  for (const done of late) done(people('leo'));
  await settle();
  assert.deepEqual([...followedUsers.value], ['leo']);
});
