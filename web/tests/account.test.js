// @ts-check
import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';

const shelf = /** @type {Map<string, string>} */ (new Map());
/** @type {((answer: Response) => void)[]} renewals that the server has not answered yet */
let renewals = [];
/** @type {Response[]} */
let answers = [];
mock.timers.enable({ apis: ['setTimeout'] });
Object.assign(globalThis, {
  localStorage: {
    getItem: (/** @type {string} */ name) => shelf.get(name) ?? null,
    setItem: (/** @type {string} */ name, /** @type {string} */ value) => shelf.set(name, value),
    removeItem: (/** @type {string} */ name) => shelf.delete(name),
  },
  fetch: (/** @type {string} */ address) =>
    address.endsWith('/refresh') ? new Promise((answer) => renewals.push(answer)) : Promise.resolve(answers.shift() ?? new Response(null, { status: 204 })),
});
const { bearer, logIn, me, renew, signOut } = await import('../account.js');

/** @param {string} name @param {number} serial */
function given(name, serial) {
  const claims = Buffer.from(JSON.stringify({ iat: 0, exp: 3600, serial })).toString('base64url');
  return { token: `head.${claims}.${name}${serial}`, expires_at_ms: 0, account: { user: name, name, roles: [] } };
}

/** @param {string} name */
async function signIn(name) {
  answers.push(Response.json(given(name, 1)));
  await logIn(name, 'a password');
}

beforeEach(async () => {
  await signOut();
  renewals = [];
});

test('a renewal keeps one signed in', async () => {
  await signIn('ann');
  const renewed = renew();
  renewals[0](Response.json(given('ann', 2)));
  assert.equal(await renewed, true);
  assert.equal(bearer(), given('ann', 2).token);
});

test('a renewal that is answered after one has signed out signs nobody in', async () => {
  await signIn('ann');
  const renewed = renew();
  await signOut();
  renewals[0](Response.json(given('ann', 2)));
  assert.equal(await renewed, false);
  assert.deepEqual([bearer(), shelf.size], [null, 0]);
});

test('the renewal of one who has gone does not concern who has signed in after him', async () => {
  for (const answer of [Response.json(given('ann', 2)), new Response('{}', { status: 401 }), new Response('{}', { status: 503 })]) {
    renewals = [];
    await signIn('ann');
    const renewed = renew();
    await signOut();
    await signIn('bob');
    renewals[0](answer);
    assert.equal(await renewed, true);
    assert.deepEqual([me.value?.name, bearer()], ['bob', given('bob', 1).token]);
    await signOut();
  }
});

test('a sign-in that is over is forgotten at its renewal, one whose server is away is not', async () => {
  await signIn('ann');
  const away = renew();
  renewals[0](new Response('{}', { status: 503 }));
  assert.equal(await away, true);
  mock.timers.tick(20_000);
  assert.equal(renewals.length, 2, 'it is asked again by itself');
  const over = renew();
  renewals[2](new Response('{}', { status: 401 }));
  assert.equal(await over, false);
});
