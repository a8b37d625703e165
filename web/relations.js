// @ts-check
/** Whom the signed-in person follows and blocks. */
import { me } from './account.js';
import { relations } from './api/me.js';
import { computed, effect, signal, untracked } from './vendor/signals-core.js';

/** @typedef {import('./api/me.js').Related} Related */
/** @typedef {import('./client/feed/messages.js').Person} Person */
/** @typedef {'blocks' | 'follows'} Kind */

/** A list holds 1000 or 2000 people, 200 a page. */
const MOST_PAGES = 10;

/** Null until they are known. */
export const blocked = signal(/** @type {Related[] | null} */ (null));
const followed = signal(/** @type {Related[] | null} */ (null));
const byKind = { blocks: blocked, follows: followed };

/** Why the blocked are not known, if they were asked for in vain. */
export const blockedLost = signal(/** @type {unknown} */ (null));

/** Whom one follows is known. */
export const relationsKnown = computed(() => followed.value !== null);
export const followedUsers = computed(() => new Set((followed.value ?? []).map((person) => person.user)));

/** @param {Kind} kind */
async function load(kind) {
  const whose = me.value?.user;
  /** @type {Related[]} */
  const people = [];
  let before = /** @type {string | number | null} */ (null);
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const found = await relations.list(kind, before);
    people.push(...found.people);
    before = found.next ?? null;
    if (before === null) break;
  }
  if (me.value?.user === whose) byKind[kind].value = people;
}

/** Ask for the blocked once more. */
export async function loadBlocked() {
  const whose = me.peek()?.user;
  blockedLost.value = null;
  await load('blocks').catch((error) => {
    if (me.peek()?.user === whose) blockedLost.value = error;
  });
}

/** @param {Kind} kind @param {Person} person @param {boolean} wanted */
async function set(kind, person, wanted) {
  await relations.set(kind, person.user, wanted);
  const others = (byKind[kind].value ?? []).filter((each) => each.user !== person.user);
  byKind[kind].value = wanted ? [{ ...person, since_ms: Date.now() }, ...others] : others;
}

/** @param {Person} person @param {boolean} wanted */
export const follow = (person, wanted) => set('follows', person, wanted);

/** To block somebody ends following him. @param {Person} person @param {boolean} wanted */
export async function block(person, wanted) {
  await set('blocks', person, wanted);
  if (wanted) followed.value = (followed.value ?? []).filter((each) => each.user !== person.user);
}

/** Keep the lists those of whoever is signed in. */
export function followRelations() {
  effect(() => {
    const user = me.value?.user;
    blocked.value = null;
    followed.value = null;
    if (user === undefined) return;
    void untracked(loadBlocked);
    load('follows').catch((error) => console.debug('the follows are not known', error));
  });
}
