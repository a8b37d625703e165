// @ts-check
/** PURE. What a page knows of a room's chat besides its lines: the rules, the moderators, and what goes with a message. */

/** @typedef {import('../client/feed/messages.js').Message} Message */
/** @typedef {import('../api/chat.js').ChatOrder} ChatOrder */
/** @typedef {{id: string, user: string, name: string, text: string}} Quote of the message that is answered; no text: that was taken back */
/** @typedef {{rank: string | null, mentions: readonly string[], reply: Quote | null}} Around */
/**
 * @typedef {object} Talk
 * @property {ChatOrder} order
 * @property {ReadonlyMap<string, Around>} around by message
 * @property {ReadonlyMap<string, number>} muted until when, of those whose mute was told while we were here
 */

/** As many lines as a page keeps, and as many mutes as a room has. */
const MOST_AROUND = 120;
const MOST_MUTED = 500;

/** @type {Talk} */
export const UNHEARD = { order: { slow_s: 0, followers_only: false, links: true, moderators: [] }, around: new Map(), muted: new Map() };

/**
 * @template Value
 * @param {ReadonlyMap<string, Value>} map
 * @param {string} key
 * @param {Value} value
 * @param {number} most
 * @returns {ReadonlyMap<string, Value>}
 */
function withNewest(map, key, value, most) {
  const next = new Map(map).set(key, value);
  for (const oldest of next.keys()) {
    if (next.size <= most) break;
    next.delete(oldest);
  }
  return next;
}

/** @param {any} said @returns {Around} */
const aroundOf = (said) => ({ rank: said.rank ?? null, mentions: said.mentions ?? [], reply: said.reply ?? null });

/** What others quote of messages that nobody may see any more. @param {Talk['around']} around @param {(quoted: Quote) => boolean} which */
function withoutQuotes(around, which) {
  return new Map([...around].map(([id, each]) => [id, each.reply !== null && which(each.reply) ? { ...each, reply: { ...each.reply, text: '' } } : each]));
}

/** @type {Record<string, (talk: Talk, body: any) => Talk>} */
const HANDLERS = {
  // Whom it mutes a snapshot does not say: an end that was missed must not silence him for good, and the server refuses who is muted.
  snapshot: (_, body) => ({
    order: body.chat_rules ?? UNHEARD.order,
    around: new Map(body.chat.map((/** @type {any} */ said) => [said.id, aroundOf(said)])),
    muted: new Map(),
  }),
  resumed: (talk, body) => body.chat.reduce((/** @type {Talk} */ now, /** @type {any} */ said) => HANDLERS['chat.said'](now, said), talk),
  'chat.said': (talk, body) => (talk.around.has(body.id) ? talk : { ...talk, around: withNewest(talk.around, body.id, aroundOf(body), MOST_AROUND) }),
  'chat.deleted': (talk, body) => ({ ...talk, around: withoutQuotes(talk.around, (quoted) => body.ids.includes(quoted.id)) }),
  'chat.muted': (talk, body) => ({
    ...talk,
    around: withoutQuotes(talk.around, (quoted) => quoted.user === body.user),
    muted: withNewest(talk.muted, body.user, body.until_ms, MOST_MUTED),
  }),
  'chat.unmuted': (talk, body) => ({ ...talk, muted: new Map([...talk.muted].filter(([user]) => user !== body.user)) }),
  'chat.rules': (talk, body) => ({ ...talk, order: body }),
};

/** @param {Talk} talk @param {Message} message @returns {Talk} */
export function talked(talk, message) {
  return HANDLERS[message.t]?.(talk, message.d) ?? talk;
}
