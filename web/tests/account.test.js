// @ts-check
import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';

const shelf = /** @type {Map<string, string>} */ (new Map());
/** @type {((answer: Response) => void)[]} renewals that the server has not answered yet */
let renewals = [];
/** @type {Response[]} */
let answers = [];
/** Whom everything else was asked for, and as whom. @type {string[]} */
let asked = [];
mock.timers.enable({ apis: ['setTimeout'] });
Object.assign(globalThis, {
  localStorage: {
    getItem: (/** @type {string} */ name) => shelf.get(name) ?? null,
    setItem: (/** @type {string} */ name, /** @type {string} */ value) => shelf.set(name, value),
    removeItem: (/** @type {string} */ name) => shelf.delete(name),
  },
  addEventListener() {},
  fetch: (/** @type {string} */ address, /** @type {{headers: Record<string, string>}} */ { headers }) => {
    if (address.endsWith('/refresh')) return new Promise((answer) => renewals.push(answer));
    asked.push(`${address.split('/').at(-1)} ${headers.Authorization?.split('.').at(-1) ?? 'nobody'}`);
    return Promise.resolve(answers.shift() ?? new Response(null, { status: 204 }));
  },
});
const { bearer, logIn, me, remember, renew, signOut } = await import('../account.js');
const { call } = await import('../api/call.js');

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
  answers = [];
  asked = [];
});

/** @param {string} code */
const refusal = (code) => Response.json({ code }, { status: 401 });
const settle = () => new Promise((done) => setImmediate(done));

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
  renewals[1](new Response('{}', { status: 401 }));
  assert.equal(await over, false);
});

test('calls whose token was refused are asked once more with the next one, which is asked for once', async () => {
  await signIn('ann');
  answers.push(refusal('token-expired'), refusal('token-expired'));
  const both = Promise.all([call('GET', '/a'), call('GET', '/b')]);
  await settle();
  assert.equal(renewals.length, 1);
  answers.push(Response.json(1), Response.json(2));
  renewals[0](Response.json(given('ann', 2)));
  assert.deepEqual(await both, [1, 2]);
  assert.deepEqual(asked.slice(1), ['a ann1', 'b ann1', 'a ann2', 'b ann2']);
});

test('who is found to be signed out is told so and goes on as a stranger', async () => {
  let told = 0;
  remember(() => (told += 1));
  await signIn('ann');
  answers.push(refusal('token-revoked'), Response.json('everybody'));
  const answer = call('GET', '/rooms');
  await settle();
  renewals[0](refusal('token-revoked'));
  assert.equal(await answer, 'everybody');
  assert.deepEqual(asked.slice(1), ['rooms ann1', 'rooms nobody']);
  assert.deepEqual([me.value, told], [null, 1]);
});

test('a refusal that is not of the token renews nothing, nor one that renewing does not help', async () => {
  await signIn('ann');
  answers.push(refusal('credentials-wrong'));
  await assert.rejects(call('PUT', '/me/email', {}), { code: 'credentials-wrong' });
  assert.equal(renewals.length, 0);
  answers.push(refusal('token-expired'));
  const refused = assert.rejects(call('GET', '/wallet'), { code: 'token-expired' });
  await settle();
  renewals[0](new Response('{}', { status: 503 }));
  await refused;
  assert.equal(me.value?.name, 'ann');
});

test('nobody asks for somebody who has gone', async () => {
  await signIn('ann');
  answers.push(refusal('token-expired'));
  const refused = assert.rejects(call('POST', '/gifts', {}), { code: 'token-expired' });
  await settle();
  await signOut();
  await signIn('bob');
  renewals[0](Response.json(given('ann', 2)));
  await refused;
  assert.deepEqual(asked.filter((each) => each.startsWith('gifts')), ['gifts ann1']);
});

test('whom the device remembers is signed in at once, also while his token is renewed', async () => {
  shelf.set('ringside.session', JSON.stringify({ ...given('ann', 1), received_at_ms: Date.now() - 3_599_000 }));
  remember();
  assert.deepEqual([me.value?.name, renewals.length], ['ann', 1]);
});
