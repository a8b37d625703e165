// @ts-check
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';

const kept = { getItem: () => null, setItem() {}, removeItem() {} };
Object.assign(globalThis, { window: globalThis, localStorage: kept, sessionStorage: kept });
const { session } = await import('../account.js');
const { followWishes, giver } = await import('../giving/giving.js');
const { coins, followAccount } = await import('../wallet.js');

/** @type {{path: string, answer: (body: object) => void}[]} requests without an answer */
let asked = [];

/** @param {string | null} user */
const becomes = (user) => (session.value = user === null ? null : /** @type {any} */ ({ token: user, account: { user, name: user, roles: [] } }));
const settle = () => new Promise((done) => setImmediate(done));

/** @param {string} path @param {object} body */
async function answer(path, body) {
  const found = asked.findIndex((each) => each.path.endsWith(path));
  asked.splice(found, 1)[0].answer(body);
  await settle();
}

followWishes();
followAccount();

beforeEach(() => {
  asked = [];
  globalThis.fetch = (path) => new Promise((done) => asked.push({ path: String(path), answer: (body) => done(Response.json(body)) }));
  becomes(null);
});

test('a balance that comes late is not shown to somebody else', async () => {
  becomes('ann');
  becomes('bob');
  await answer('/wallet', { coins: 700, diamonds: 1 });
  assert.equal(coins.value, null);
  await answer('/wallet', { coins: 5, diamonds: 0 });
  assert.equal(coins.value, 5);
  becomes('ann');
  assert.equal(coins.value, null);
  becomes(null);
  await answer('/wallet', { coins: 700, diamonds: 1 });
  assert.equal(coins.value, null);
});

test('what a gift has left to its giver is not shown to somebody else', async () => {
  becomes('ann');
  giver.give({ user: 'ann', room: 'r', gift: 'rose', count: 1, to: 'ruby', coins: 10 });
  becomes('bob');
  await answer('/gifts', { balance: 690, accepted_at_ms: 1 });
  assert.equal(coins.value, null);
});

test('who only gets a new token keeps the balance that is known', async () => {
  becomes('ann');
  await answer('/wallet', { coins: 700, diamonds: 1 });
  becomes('ann');
  assert.equal(coins.value, 700);
  assert.deepEqual(asked, []);
});
