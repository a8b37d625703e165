// @ts-check
/** A way to the wallet for want of coins: which gift in which room it was for, so that one comes back to it. */
import { localNow } from '../client/clock.js';
import { computed, signal } from '../vendor/signals-core.js';

/** @typedef {{room: string, host: string, gift: string, count: number, to: string, at_ms: number}} Errand `host` by name */

const STORED = 'ringside.errand';
/** Paying elsewhere takes its time; later nobody remembers. */
const LASTS_MS = 30 * 60_000;

const kept = signal(read());

export const errand = computed(() => (kept.value !== null && localNow() - kept.value.at_ms < LASTS_MS ? kept.value : null));

/** @param {Omit<Errand, 'at_ms'>} wanted */
export function setOut(wanted) {
  keep({ ...wanted, at_ms: localNow() });
}

/** Back in the room: what was wanted there, once. @param {string} room @returns {Errand | null} */
export function comeBack(room) {
  const found = errand.peek()?.room === room ? errand.peek() : null;
  if (found !== null) keep(null);
  return found;
}

/** @param {Errand | null} next */
function keep(next) {
  kept.value = next;
  try {
    if (next === null) sessionStorage.removeItem(STORED);
    else sessionStorage.setItem(STORED, JSON.stringify(next));
  } catch (error) {
    console.debug('the way back is not kept over a reload', error);
  }
}

/** @returns {Errand | null} */
function read() {
  try {
    const found = JSON.parse(sessionStorage.getItem(STORED) ?? 'null');
    const texts = ['room', 'host', 'gift', 'to'];
    return found !== null && texts.every((name) => typeof found[name] === 'string') && Number.isFinite(found.at_ms) && Number.isInteger(found.count) ? found : null;
  } catch {
    return null;
  }
}
