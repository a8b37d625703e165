// @ts-check
/**
 * PURE. Wishes to give that have no answer yet. A wish keeps its key until the server has said yes or no: a try that
 * failed in any other way says nothing about the money, so it is made again under the same key, and is charged once.
 */

/** @typedef {{user: string, room: string, gift: string, count: number, to: string, coins: number}} Wanted `coins` is what it costs as far as we know */
/**
 * @typedef {'waiting' | 'asked' | 'unknown'} WishState `waiting` for `next_ms`; `asked`: a try is under way; `unknown`:
 *   its time is over without an answer, and the next try is its owner's to ask for
 */
/** @typedef {Wanted & {key: string, state: WishState, tries: number, next_ms: number, until_ms: number}} Wish */

/** More taps than that without an answer are refused. */
export const MOST = 32;
/** So many are asked at a time: a server that comes back is not met by all at once. */
export const AT_ONCE = 4;
/** A wish is tried for so long by itself. */
export const TRIED_MS = 60_000;

/** The server has not looked at the wish: after a try that may have been charged these are no answer to it. */
const NOT_LOOKED_AT = new Set([401, 408, 429]);

/** @param {readonly Wish[]} wishes @param {Wanted} wanted @param {string} key @param {number} now @returns {Wish[] | null} null: there are too many */
export function wished(wishes, wanted, key, now) {
  if (wishes.length >= MOST) return null;
  return [...wishes, { ...wanted, key, state: 'waiting', tries: 0, next_ms: now, until_ms: now + TRIED_MS }];
}

/** The wishes to ask for now, the oldest first. @param {readonly Wish[]} wishes @param {string} user @param {number} now */
export function due(wishes, user, now) {
  const free = AT_ONCE - wishes.filter((wish) => wish.state === 'asked').length;
  return wishes.filter((wish) => wish.user === user && wish.state === 'waiting' && wish.next_ms <= now && now < wish.until_ms).slice(0, Math.max(0, free));
}

/** When to look again; null: nothing waits for a time. @param {readonly Wish[]} wishes @param {string} user @param {number} now @returns {number | null} */
export function nextMs(wishes, user, now) {
  const times = wishes.filter((wish) => wish.user === user && wish.state === 'waiting').map((wish) => (wish.next_ms > now ? Math.min(wish.next_ms, wish.until_ms) : wish.until_ms));
  return times.length === 0 ? null : Math.min(...times);
}

/** @param {readonly Wish[]} wishes @param {string} key @param {(wish: Wish) => Wish} change @returns {Wish[]} */
const altered = (wishes, key, change) => wishes.map((wish) => (wish.key === key ? change(wish) : wish));

/** @param {readonly Wish[]} wishes @param {string} key */
export const asked = (wishes, key) => altered(wishes, key, (wish) => ({ ...wish, state: 'asked', tries: wish.tries + 1 }));

/** A try that says nothing: the next one after `pause` ms, unless the time is over. @param {readonly Wish[]} wishes @param {string} key @param {number} now @param {number} pause */
export const unanswered = (wishes, key, now, pause) =>
  altered(wishes, key, (wish) => ({ ...wish, next_ms: now + pause, state: now + pause < wish.until_ms ? 'waiting' : 'unknown' }));

/** @param {readonly Wish[]} wishes @param {string} key */
export const without = (wishes, key) => wishes.filter((wish) => wish.key !== key);

/** Its owner asks for those whose fate is unknown. @param {readonly Wish[]} wishes @param {string} user @param {number} now @returns {Wish[]} */
export const askedAgain = (wishes, user, now) =>
  wishes.map((wish) => (wish.user === user && wish.state === 'unknown' ? { ...wish, state: 'waiting', next_ms: now, until_ms: now + TRIED_MS } : wish));

/**
 * Those whose time has run out while they waited become `overdue`: nothing is known of them. One that was never asked
 * for is `lapsed`: nothing was charged, and it is gone.
 * @param {readonly Wish[]} wishes @param {number} now
 */
export function expired(wishes, now) {
  /** @param {Wish} wish */
  const over = (wish) => wish.state === 'waiting' && now >= wish.until_ms;
  const lapsed = wishes.filter((wish) => over(wish) && wish.tries === 0);
  const overdue = wishes.filter((wish) => over(wish) && wish.tries > 0);
  const left = wishes.filter((wish) => !lapsed.includes(wish));
  return { wishes: left.map((wish) => (over(wish) ? { ...wish, state: /** @type {const} */ ('unknown') } : wish)), lapsed, overdue };
}

/**
 * Whether a failure is the server's "no": then nothing was charged and the key is free. Else nothing is known.
 * @param {unknown} error with the HTTP `status`, 0 when nothing answered @param {number} tries this one counted
 */
export function isRefusal(error, tries) {
  const status = Number(/** @type {{status?: unknown}} */ (error ?? {}).status ?? 0);
  return status >= 400 && status < 500 && (tries < 2 || !NOT_LOOKED_AT.has(status));
}

/** @param {any} wish @returns {wish is Wish} */
function isWish(wish) {
  const texts = ['user', 'room', 'gift', 'to', 'key', 'state'];
  const numbers = ['count', 'coins', 'tries', 'next_ms', 'until_ms'];
  return typeof wish === 'object' && wish !== null && texts.every((name) => typeof wish[name] === 'string') && numbers.every((name) => Number.isFinite(wish[name]));
}

/** What a page before a reload had kept; a try that was under way then has no answer here. @param {string | null} text @returns {Wish[]} */
export function restored(text) {
  /** @type {unknown} */
  let found;
  try {
    found = JSON.parse(text ?? '[]');
  } catch {
    return [];
  }
  if (!Array.isArray(found)) return [];
  return found
    .filter(isWish)
    .slice(0, MOST)
    .map((wish) => (wish.state === 'asked' ? { ...wish, state: 'waiting' } : wish));
}
