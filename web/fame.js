// @ts-check
/** Hosts' ratings and streaks as last heard, asked for when somebody shows them. */
import { hosts } from './api/battles.js';
import { useEffect } from './html.js';
import { signal } from './vendor/signals-core.js';

/** @typedef {import('./api/battles.js').Standing} Standing */

const FRESH_MS = 60_000;
const MOST_KNOWN = 500;

/** @type {Map<string, {asked: number, found: import('./vendor/signals-core.js').Signal<Standing | null>}>} */
const known = new Map();

/** @param {string} user */
function entryOf(user) {
  const entry = known.get(user);
  if (entry !== undefined) return entry;
  if (known.size >= MOST_KNOWN) known.clear();
  const made = { asked: -Infinity, found: signal(/** @type {Standing | null} */ (null)) };
  known.set(user, made);
  return made;
}

/** Ask again: a battle of his is over. @param {string} user */
export async function refreshStanding(user) {
  const entry = entryOf(user);
  entry.asked = performance.now();
  entry.found.value = await hosts.standing(user);
}

/** The ledger has decided about a battle. @param {import('./client/feed/messages.js').Battle} battle */
export function standingsChanged(battle) {
  for (const { user } of battle.result?.ratings ?? []) refreshStanding(user).catch((error) => console.debug('a standing is not known', error));
}

/** A host's standing, null until it is known. @param {string | undefined} user @returns {Standing | null} */
export function useStanding(user) {
  useEffect(() => {
    if (user === undefined) return undefined;
    const ask = () => {
      if (document.hidden || performance.now() - entryOf(user).asked < FRESH_MS) return;
      refreshStanding(user).catch((error) => console.debug('a standing is not known', error));
    };
    ask();
    const timer = setInterval(ask, FRESH_MS);
    return () => clearInterval(timer);
  }, [user]);
  return user === undefined ? null : entryOf(user).found.value;
}
