// @ts-check
/** PURE. What a page knows of a room, and how each feed message changes it. A type that is not known changes nothing. */

/** @typedef {import('./messages.js').Battle} Battle */
/** @typedef {import('./messages.js').Message} Message */
/** @typedef {{kind: 'said', id: string, user: string, name: string, text: string}} SaidLine */
/** @typedef {{kind: 'gift', id: string, user: string, name: string, to: string, gift: string, gift_name: string, count: number, side: string | null}} GiftLine */
/** @typedef {SaidLine | GiftLine} Line */
/**
 * @typedef {object} RoomState
 * @property {boolean} ready whether a snapshot has come
 * @property {import('./messages.js').Room | null} room
 * @property {import('./messages.js').Broadcast | null} broadcast null: not live
 * @property {string | null} endedBecause why the last broadcast ended while we watched
 * @property {number} viewers
 * @property {number} likes
 * @property {Line[]} lines
 * @property {Battle | null} battle
 * @property {{battle: string, outcome: string} | null} invitationEnded the last invitation that came to nothing
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
  lines: [],
  battle: null,
  invitationEnded: null,
};

/**
 * @param {Line[]} lines
 * @param {Line} line
 */
function appended(lines, line) {
  if (lines.some((other) => other.id === line.id && other.kind === line.kind)) return lines;
  return [...lines, line].slice(-MOST_LINES);
}

/** @param {any} said @returns {SaidLine} */
function saidLine(said) {
  return { kind: 'said', id: said.id, user: said.user, name: said.name, text: said.text };
}

/** @param {import('./messages.js').GiftSent} gift @returns {GiftLine} */
function giftLine(gift) {
  const { id, from, to, count, side } = gift;
  return { kind: 'gift', id, user: from.user, name: from.name, to: to.name, gift: gift.gift, gift_name: gift.name, count, side };
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
    lines: body.chat.map(saidLine).reduce(appended, []),
    battle: body.battle ?? null,
  }),
  'chat.said': (state, body) => ({ ...state, lines: appended(state.lines, saidLine(body)) }),
  'gift.sent': (state, body) => ({ ...state, lines: appended(state.lines, giftLine(body)) }),
  'viewers.counted': (state, body) => ({ ...state, viewers: body.count }),
  'likes.summed': (state, body) => ({ ...state, likes: body.total }),
  'broadcast.started': (state, body) => ({ ...state, broadcast: body, endedBecause: null }),
  'broadcast.reconnecting': (state, body) => ({ ...state, broadcast: body }),
  'broadcast.resumed': (state, body) => ({ ...state, broadcast: body }),
  'broadcast.ended': (state, body) => ({ ...state, broadcast: null, endedBecause: body.reason ?? 'ended' }),
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
