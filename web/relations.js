// @ts-check
/** Whom the signed-in person follows and blocks. */
import { me } from './account.js';
import { relations } from './api/me.js';
import { BackOff } from './client/feed/back_off.js';
import { computed, effect, signal, untracked } from './vendor/signals-core.js';

/** @typedef {import('./api/me.js').Related} Related */
/** @typedef {import('./client/feed/messages.js').Person} Person */
/** @typedef {'blocks' | 'follows'} Kind */

/** A list holds 1000 or 2000 people, 200 a page. */
const MOST_PAGES = 10;
const PAUSES = { firstMs: 5_000, mostMs: 60_000 };

/** One list of the signed-in person's, asked for until it is known. */
class Known {
  /** @param {Kind} kind */
  constructor(kind) {
    this.kind = kind;
    /** Null until they are known. */
    this.people = signal(/** @type {Related[] | null} */ (null));
    /** Why they are not, if they were asked for in vain. */
    this.lost = signal(/** @type {unknown} */ (null));
    this.pauses = new BackOff(PAUSES);
    /** Counts whose list it was: what comes for a former one is nothing to the next. */
    this.turn = 0;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
  }

  /** It is somebody else's now, or nobody's. @param {boolean} wanted */
  begin(wanted) {
    this.people.value = null;
    this.pauses.reset();
    this.drop();
    if (wanted) this.again();
  }

  drop() {
    this.turn += 1;
    this.lost.value = null;
    clearTimeout(this.timer);
  }

  /** Ask at once. */
  again() {
    this.drop();
    void this.ask(this.turn);
  }

  /** @param {number} turn */
  async ask(turn) {
    try {
      const people = await all(this.kind);
      if (turn !== this.turn) return;
      this.people.value = people;
      this.lost.value = null;
    } catch (error) {
      if (turn !== this.turn) return;
      this.lost.value = error;
      this.timer = setTimeout(() => void this.ask(turn), this.pauses.next());
    }
  }
}

/** @param {Kind} kind */
async function all(kind) {
  /** @type {Related[]} */
  const people = [];
  let before = /** @type {string | number | null} */ (null);
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const found = await relations.list(kind, before);
    people.push(...found.people);
    before = found.next ?? null;
    if (before === null) break;
  }
  return people;
}

const known = { blocks: new Known('blocks'), follows: new Known('follows') };

export const { people: blocked, lost: blockedLost } = known.blocks;
const { people: followed } = known.follows;
export const { lost: followedLost } = known.follows;

/** Whom one follows is known. */
export const relationsKnown = computed(() => followed.value !== null);
export const followedUsers = computed(() => new Set((followed.value ?? []).map((person) => person.user)));

/** Ask for the blocked once more. */
export const loadBlocked = () => known.blocks.again();
/** Ask for whom one follows once more. */
export const loadFollowed = () => known.follows.again();

/** @param {Kind} kind @param {Person} person @param {boolean} wanted */
async function set(kind, person, wanted) {
  await relations.set(kind, person.user, wanted);
  const others = (known[kind].people.value ?? []).filter((each) => each.user !== person.user);
  known[kind].people.value = wanted ? [{ ...person, since_ms: Date.now() }, ...others] : others;
}

/** @param {Person} person @param {boolean} wanted */
export const follow = (person, wanted) => set('follows', person, wanted);

/** To block somebody ends following him. @param {Person} person @param {boolean} wanted */
export async function block(person, wanted) {
  await set('blocks', person, wanted);
  if (wanted) followed.value = followed.value?.filter((each) => each.user !== person.user) ?? null;
}

/** Keep the lists those of whoever is signed in. */
export function followRelations() {
  const user = computed(() => me.value?.user);
  effect(() => {
    const wanted = user.value !== undefined;
    untracked(() => {
      for (const list of Object.values(known)) list.begin(wanted);
    });
  });
}
