// @ts-check
/** Who is signed in on this device; his token is renewed before it expires. */
import { accounts } from './api/accounts.js';
import { Refusal, renewBy, speakFor } from './api/call.js';
import { left, lifeOf } from './token_life.js';
import { computed, signal } from './vendor/signals-core.js';

/** @typedef {import('./api/accounts.js').Session & {received_at_ms: number}} Session */

const STORED = 'ringside.session';
const RENEW_BEFORE_MS = 5 * 60_000;
const RETRY_MS = 20_000;
const LONGEST_TIMER_MS = 12 * 3600_000;

export const session = signal(/** @type {Session | null} */ (null));
export const me = computed(() => session.value?.account ?? null);
export const isAdmin = computed(() => me.value?.roles.includes('admin') ?? false);

let timer = /** @type {ReturnType<typeof setTimeout> | undefined} */ (undefined);
/** Another with everybody who signs in or out here: what was asked for under an earlier one concerns nobody any more. */
let signIn = 0;
/** The renewal under way, and of which sign-in. @type {{signIn: number, done: Promise<boolean>} | null} */
let renewing = null;
/** Says that a sign-in was found to be over. */
let tellOver = () => {};

export function bearer() {
  return session.value?.token ?? null;
}

/** @param {Session | null} next */
function become(next) {
  clearTimeout(timer);
  if (next?.account.user !== session.value?.account.user) signIn += 1;
  speakFor({ token: next?.token ?? null, user: next?.account.user ?? null });
  session.value = next;
  if (next === null) {
    localStorage.removeItem(STORED);
    return;
  }
  localStorage.setItem(STORED, JSON.stringify(next));
  timer = setTimeout(() => void renew(), Math.min(LONGEST_TIMER_MS, Math.max(0, left(next, Date.now()) - early(next))));
}

/** How long before its end a token is renewed, in ms. @param {Session} held */
function early(held) {
  return Math.min(RENEW_BEFORE_MS, lifeOf(held.token) / 2);
}

/** @param {import('./api/accounts.js').Session} given */
function receive(given) {
  become({ ...given, received_at_ms: Date.now() });
}

/**
 * The next token, asked for once, however many want it at the same time; a sign-in that is over is forgotten, and what comes
 * after it changes nothing. True when we are still signed in.
 */
export function renew() {
  if (session.peek() === null) return Promise.resolve(false);
  if (renewing?.signIn !== signIn) renewing = { signIn, done: next() };
  return renewing.done;
}

renewBy(renew);

async function next() {
  const asked = signIn;
  try {
    const given = await accounts.refresh();
    if (asked === signIn) receive(given);
  } catch (error) {
    if (asked === signIn) withoutNext(error);
  }
  if (renewing?.signIn === asked) renewing = null;
  return session.peek() !== null;
}

/** @param {unknown} error why there is no next token */
function withoutNext(error) {
  if (error instanceof Refusal && (error.status === 401 || error.status === 403)) {
    become(null);
    tellOver();
    return;
  }
  clearTimeout(timer);
  timer = setTimeout(() => void renew(), RETRY_MS);
}

/** @param {string} name @param {string} password */
export async function signUp(name, password) {
  receive(await accounts.signUp(name, password));
}

/** @param {string} name @param {string} password */
export async function logIn(name, password) {
  receive(await accounts.logIn(name, password));
}

/** At once on this device, whether the server answers or not; rejects when it could not be told. */
export async function signOut() {
  const ended = accounts.logOut();
  become(null);
  try {
    await ended;
  } catch (error) {
    if (!(error instanceof Refusal && error.status === 401)) throw error; // it was over already
  }
}

/** Take up the sign-in that this device remembers, and follow what other tabs do with it. @param {() => void} [over] says that it was found to be over */
export function remember(over = () => {}) {
  tellOver = over;
  const stored = read(localStorage.getItem(STORED));
  if (stored !== null) {
    become(stored);
    if (left(stored, Date.now()) <= early(stored)) void renew();
  }
  addEventListener('storage', (event) => {
    if (event.key !== STORED) return;
    const other = read(event.newValue);
    if (other?.token !== bearer()) become(other);
  });
}

/** @param {string | null} text @returns {Session | null} */
function read(text) {
  if (text === null) return null;
  try {
    const found = JSON.parse(text);
    return typeof found.token === 'string' && typeof found.received_at_ms === 'number' && Array.isArray(found.account?.roles) ? found : null;
  } catch {
    return null;
  }
}
