// @ts-check
/** PURE. What a page knows of a room, and how each feed message changes it. A type that is not known changes nothing. */

import { answered, staged, withGuest, withoutGuest } from './guests.js';
import { meantFor } from './messages.js';

/** @typedef {import('./messages.js').Battle} Battle */
/** @typedef {import('./messages.js').Message} Message */
/** @typedef {{kind: 'said', id: string, user: string, name: string, text: string, at: number}} SaidLine `at`: of the server's clock */
/** @typedef {{kind: 'gift', id: string, at: number, user: string, name: string, to: string, gift: string, gift_name: string, emoji: string, count: number, side: string | null, level: number, win: number}} GiftLine */
/** @typedef {SaidLine | GiftLine} Line */
/** @typedef {import('./messages.js').Person & {coins: number}} Patron */
/**
 * @typedef {object} RoomState
 * @property {boolean} ready whether a snapshot has come
 * @property {import('./messages.js').Room | null} room
 * @property {import('./messages.js').Broadcast | null} broadcast null: not live
 * @property {string | null} endedBecause why the last broadcast ended while we watched
 * @property {number} viewers
 * @property {number} likes
 * @property {{patrons: Patron[], until: number}} best who gave most today, the best first; the day ends at `until`, by the server's clock
 * @property {Line[]} lines
 * @property {Battle | null} battle
 * @property {{battle: string, outcome: string} | null} invitationEnded the last invitation that came to nothing
 * @property {import('./messages.js').Guest[]} guests whom we may know of: those on stage, ourselves, for the host all
 * @property {boolean} screen whether the host's screen is on stage beside his camera
 * @property {boolean} mixed false: the guests meet, but the room sees its host alone
 * @property {{state: string} | null} guestAnswered the host's last answer to us
 * @property {import('./messages.js').Match | null} match the host waits for any opponent
 * @property {{reason: string, battle: string | null} | null} matchEnded why he waits no more
 */

const MOST_LINES = 120;
const SHOWN = new Set(['preparing', 'fighting', 'settling', 'victory', 'draw']);
const DEAD_INVITATIONS = new Set(['declined', 'cancelled', 'expired', 'refused']);

/** @type {RoomState} */
export const EMPTY = {
  ready: false,
  room: null,
  broadcast: null,
  endedBecause: null,
  viewers: 0,
  likes: 0,
  best: { patrons: [], until: 0 },
  lines: [],
  battle: null,
  invitationEnded: null,
  guests: [],
  screen: false,
  mixed: true,
  guestAnswered: null,
  match: null,
  matchEnded: null,
};

/**
 * @param {Line[]} lines
 * @param {Line} line
 */
function appended(lines, line) {
  if (lines.some((other) => other.id === line.id && other.kind === line.kind)) return lines;
  return [...lines, line].slice(-MOST_LINES);
}

/** @param {{patrons: Patron[], until_ms: number} | undefined} body not there: of a server that does not tell it */
const bestOf = (body) => (body === undefined ? EMPTY.best : { patrons: body.patrons, until: body.until_ms });

/** @param {any} said @returns {SaidLine} */
function saidLine(said) {
  return { kind: 'said', id: said.id, user: said.user, name: said.name, text: said.text, at: said.at_ms };
}

/** @param {import('./messages.js').GiftSent} gift @returns {GiftLine} */
function giftLine(gift) {
  const { id, from, count, side, emoji, at_ms: at } = gift;
  const known = { gift: gift.gift, gift_name: gift.name, emoji, level: from.fan_level ?? 0, win: gift.win ?? 0 };
  return { kind: 'gift', id, at, user: from.user, name: from.name, to: meantFor(gift).name, count, side, ...known };
}

/**
 * What was said and given of late, in order of time: nobody who comes back misses a gift.
 * @param {import('./messages.js').Said[]} chat
 * @param {import('./messages.js').GiftSent[]} gifts
 */
function latest(chat, gifts) {
  return [...chat.map(saidLine), ...gifts.map(giftLine)].sort((one, other) => one.at - other.at).reduce(appended, /** @type {Line[]} */ ([]));
}

/**
 * What was said while we were away comes where it was said; what we have stays as it is.
 * @param {Line[]} lines
 * @param {import('./messages.js').Said[]} chat
 */
function withMissed(lines, chat) {
  const known = new Set(lines.map((line) => line.id));
  const whole = [...lines];
  for (const line of chat.map(saidLine).filter((said) => !known.has(said.id))) {
    whole.splice(whole.findLastIndex((earlier) => earlier.at <= line.at) + 1, 0, line);
  }
  return whole.slice(-MOST_LINES);
}

/**
 * A battle as a message says it, unless we know better: a later state of the same battle, or a later battle (ids sort by time).
 * @param {Battle | null} known
 * @param {Battle | null} body
 * @returns {Battle | null}
 */
export function mergedBattle(known, body) {
  if (known === null || body === null) return body ?? known;
  if (body.battle === known.battle) return body.version < known.version ? known : body;
  return body.battle < known.battle && known.phase !== 'ended' ? known : body;
}

/** The battle that a room's page shows, if it is one that is shown. @param {Battle | null} battle */
export function onStage(battle) {
  return battle !== null && SHOWN.has(battle.phase) ? battle : null;
}

/** @type {Record<string, (state: RoomState, body: any) => RoomState>} */
const HANDLERS = {
  snapshot: (state, body) => ({
    ...EMPTY,
    ready: true,
    room: body.room ?? state.room,
    broadcast: body.broadcast ?? null,
    endedBecause: body.broadcast ? null : state.endedBecause,
    viewers: body.viewers,
    likes: body.likes,
    best: bestOf(body.patrons),
    lines: latest(body.chat, body.gifts ?? []),
    battle: body.battle ?? null,
    guests: body.guests ?? [],
    screen: body.screen ?? false,
    mixed: body.mixed ?? true,
    match: state.match,
  }),
  resumed: (state, body) => ({ ...state, viewers: body.viewers, likes: body.likes, lines: withMissed(state.lines, body.chat) }),
  'chat.said': (state, body) => ({ ...state, lines: appended(state.lines, saidLine(body)) }),
  'chat.deleted': (state, body) => ({ ...state, lines: state.lines.filter((line) => line.kind !== 'said' || !body.ids.includes(line.id)) }),
  'chat.muted': (state, body) => ({ ...state, lines: state.lines.filter((line) => line.kind !== 'said' || line.user !== body.user) }),
  'gift.sent': (state, body) => ({ ...state, lines: appended(state.lines, giftLine(body)) }),
  'viewers.counted': (state, body) => ({ ...state, viewers: body.count }),
  'patrons.changed': (state, body) => ({ ...state, best: bestOf(body) }),
  'likes.summed': (state, body) => ({ ...state, likes: body.total }),
  'guest.applied': (state, body) => ({ ...state, guests: withGuest(state.guests, body) }),
  'guest.withdrawn': (state, body) => ({ ...state, guests: withoutGuest(state.guests, body.user) }),
  'guest.answered': (state, body) => ({ ...state, guests: answered(state.guests, body.state), guestAnswered: { state: body.state } }),
  'guests.listed': (state, body) => ({ ...state, guests: body.guests }),
  'stage.changed': (state, body) => ({ ...state, guests: staged(state.guests, body.guests), screen: body.screen ?? false, mixed: body.mixed ?? true }),
  'match.waiting': (state, body) => ({ ...state, match: body, matchEnded: null }),
  'match.ended': (state, body) => ({ ...state, match: null, matchEnded: { reason: body.reason, battle: body.battle ?? null } }),
  'broadcast.started': (state, body) => ({ ...state, broadcast: body, endedBecause: null }),
  'broadcast.reconnecting': (state, body) => ({ ...state, broadcast: body }),
  'broadcast.resumed': (state, body) => ({ ...state, broadcast: body }),
  'broadcast.ended': (state, body) => ({ ...state, broadcast: null, guests: [], screen: false, endedBecause: body.reason ?? 'ended' }),
};

/**
 * @param {RoomState} state
 * @param {Message} message
 * @returns {RoomState}
 */
export function changed(state, message) {
  const handler = HANDLERS[message.t];
  if (handler !== undefined) return handler(state, message.d);
  if (!message.t.startsWith('battle.')) return state;
  const outcome = message.t.slice('battle.'.length);
  if (DEAD_INVITATIONS.has(outcome)) {
    const battle = state.battle?.battle === message.d.battle ? null : state.battle;
    return { ...state, battle, invitationEnded: { battle: message.d.battle, outcome: message.d.reason ?? outcome } };
  }
  return { ...state, battle: mergedBattle(state.battle, message.d) };
}
