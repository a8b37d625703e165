// @ts-check
/** PURE. Who keeps a room in order, what he may do about a line, and what keeps somebody from speaking: as the server decides it. */

/** @typedef {import('../client/feed/messages.js').Person} Person */
/** @typedef {import('../client/feed/room_state.js').Line} Line */
/** @typedef {'viewer' | 'moderator' | 'host' | 'staff'} Rank */
/** @typedef {{host: string | undefined, moderators: readonly Person[]}} House */

const RANKS = /** @type {const} */ (['viewer', 'moderator', 'host', 'staff']);

/** @param {Rank} one @param {Rank} other */
export const above = (one, other) => RANKS.indexOf(one) > RANKS.indexOf(other);

/** @param {string} user @param {House} house @param {readonly string[]} [roles] of the platform, where they are known @returns {Rank} */
export function rankOf(user, { host, moderators }, roles = []) {
  if (roles.includes('moderator') || roles.includes('admin')) return 'staff';
  if (user === host) return 'host';
  return moderators.some((each) => each.user === user) ? 'moderator' : 'viewer';
}

/** What somebody was when he spoke, if a message says so. @param {string | null | undefined} said @returns {Rank | null} */
export const rankSaid = (said) => RANKS.find((each) => each === said) ?? null;

/**
 * @param {object} known
 * @param {{user: string, roles: readonly string[]}} known.me
 * @param {Line} known.line
 * @param {string | null | undefined} known.said the rank that the line carries
 * @param {House} known.house
 */
export function deedsOn({ me, line, said, house }) {
  const mine = rankOf(me.user, house, me.roles);
  const own = line.user === me.user;
  const spoke = rankSaid(said) ?? 'viewer';
  const now = spoke === 'staff' ? spoke : rankOf(line.user, house);
  const keeps = above(mine, 'viewer') && !own;
  return {
    mention: !own,
    remove: line.kind === 'said' && (own || (keeps && above(mine, spoke))),
    mute: keeps && above(mine, now),
    /** Whether he is made a moderator (true) or dismissed as one (false); null: neither. */
    name: above(mine, 'moderator') && !own && above('host', now) ? now === 'viewer' : null,
  };
}

/** @typedef {{kind: 'muted', until: number} | {kind: 'followers'} | {kind: 'slow', seconds: number}} Hindrance */

/**
 * Why somebody cannot speak at the moment, as far as it is known; the server has the last word.
 * @param {object} known
 * @param {Rank} known.rank
 * @param {import('../api/chat.js').ChatRules} known.rules
 * @param {number} known.mutedUntil 0: not muted
 * @param {number} known.saidAt when he has spoken last; 0: not yet
 * @param {boolean} known.follows the host, or it is not known
 * @param {number} known.now
 * @returns {Hindrance | null}
 */
export function hindrance({ rank, rules, mutedUntil, saidAt, follows, now }) {
  if (rank !== 'viewer') return null;
  if (mutedUntil > now) return { kind: 'muted', until: mutedUntil };
  if (rules.followers_only && !follows) return { kind: 'followers' };
  const free = saidAt + rules.slow_s * 1000;
  return saidAt > 0 && free > now ? { kind: 'slow', seconds: Math.ceil((free - now) / 1000) } : null;
}

/**
 * Viewers who have spoken of late, the last one first: of them a host names his moderators.
 * @param {readonly Line[]} lines
 * @param {ReadonlyMap<string, {rank: string | null}>} around
 * @param {House} house
 * @returns {Person[]}
 */
export function nameable(lines, around, house) {
  /** @type {Map<string, Person>} */
  const found = new Map();
  for (const line of [...lines].reverse()) {
    const staff = around.get(line.id)?.rank === 'staff';
    if (line.kind === 'said' && !staff && !found.has(line.user) && rankOf(line.user, house) === 'viewer') found.set(line.user, { user: line.user, name: line.name });
  }
  return [...found.values()];
}
