// @ts-check
/** The public HTTP API, one function an act. Refusals come as `Refusal` with the problem document's stable code. */

/** @typedef {import('./feed/messages.js').Person} Person */
/** @typedef {import('./feed/messages.js').Battle} Battle */
/** @typedef {import('./feed/messages.js').Guest} Guest */
/** @typedef {{user: string, name: string, roles: string[]}} Account */
/** @typedef {{token: string, expires_at_ms: number, account: Account}} Session */
/** @typedef {{room: string, title: string, host: Person, live: boolean, viewers: number}} Room */
/** @typedef {Room & {broadcast: import('./feed/messages.js').Broadcast | null}} RoomNow */
/** @typedef {Room & {state: string, started_at_ms: number, in_battle: boolean}} LiveRoom */
/** @typedef {{user_id: string, scope: string, duration_s: number | null, reason: string, text: string}} SanctionWish */
/** @typedef {SanctionWish & {sanction: string, imposed_at_ms: number, until_ms: number | null, lifted_at_ms: number | null}} Sanction */
/** @typedef {{number: number, actor: string, action: string, subject: string, reason: string, at_ms: number}} AuditLine */
/** @typedef {{room: string, title: string, host: Person, viewers: number, broadcast: {id: string, state: string, started_at_ms: number}, worker: string, source: string}} WatchedRoom */
/** @typedef {{id: string, names: Record<string, string>, price: number, level: number, emoji: string, animation: string, odds?: {weight: number, boost: number, win: number}[] | null}} Gift */
/** @typedef {{user: string, name: string, coins: number, gifts: number}} Patron who gave in a room */
/** @typedef {{contributors: Patron[], me?: {place: number, coins: number} | null}} Contributions best first; `me`: the reader's own place, shown or not */
/** @typedef {{host: string, level: number, coins: number, next_coins: number | null}} Fan */
/** @typedef {{coins: number, diamonds: number}} Wallet */
/** @typedef {{id: string, coins: number, price: number, currency: string}} Package `price` in minor units, cents for one */
/** @typedef {{packages: Package[], open: boolean, test: boolean}} Packages */
/** @typedef {{id: string, coins: number, price: number, currency: string, state: 'pending' | 'paid' | 'held' | 'taken-back' | 'closed', pay_at: string | null, made_at_ms: number}} Purchase */
/** @typedef {{id: string, currency: Currency, amount: number, left: number, reason: string, at_ms: number}} Debt `left` of `amount` is still owed */
/** @typedef {{id: string, item: string, name: string, count: number, room: string, room_title: string, sender: string, sender_name: string, recipient: string, recipient_name: string, guest_name: string | null}} GivenGift */
/** @typedef {{id: string, at_ms: number, kind: string, amount: number, balance: number, gift: GivenGift | null, corrects: string | null, corrects_kind: string | null, corrected_by: string | null, reason: string | null}} Entry */
/** @typedef {'coin' | 'diamond'} Currency */
/** @typedef {{currency: Currency, balance: number, entries: Entry[], next_before: string | null}} Statement */
/** @typedef {{id: string, diamonds: number, destination: string, state: 'requested' | 'approved' | 'paid' | 'rejected', asked_at_ms: number, reason: string | null, reference: string | null}} Withdrawal */
/** @typedef {{least: number, withdrawals: Withdrawal[], next_before: string | null}} Withdrawals */
/** @typedef {{day: string, gifts: number, earned: number, taken_back: number, withdrawn: number}} EarningsDay */
/** @typedef {{name: string, holds: boolean, looked_at: number, wrong: number, examples: string[], figures: Record<string, number>}} LedgerCheck */
/** @typedef {{holds: boolean, at_ms: number, took_ms: number, age_ms: number, late: boolean, checks: LedgerCheck[]}} LedgerReport */
/** @typedef {{user: string, rating: number, battles: number, wins: number, draws: number, losses: number, streak: number, best_streak: number}} Standing */
/** @typedef {{battle: Battle, outcome: 'won' | 'drawn' | 'lost', rating_before: number, rating_after: number}} PastBattle */
/** @typedef {{room: string, since_ms: number, rating: number, window: number, duration_ms: number}} Match waiting for an opponent within `window` of our rating */
/** @typedef {{invitations: 'everyone' | 'followed' | 'nobody', auto_accept: 'nobody' | 'followed' | 'everyone'}} HostSettings */
/** @typedef {Person & {since_ms: number}} Related */

export class Refusal extends Error {
  /**
   * @param {number} status 0: the server could not be reached
   * @param {string} code
   * @param {string} detail
   * @param {Record<string, any>} [problem]
   */
  constructor(status, code, detail, problem = {}) {
    super(detail);
    this.status = status;
    this.code = code;
    this.problem = problem;
  }
}

const DEADLINE_MS = 10_000;
const FILE_DEADLINE_MS = 120_000;
const ROOT = '/api/v1';

let token = /** @type {string | null} */ (null);

/** Whom the next calls speak for. @param {string | null} value */
export function speakFor(value) {
  token = value;
}

/**
 * @param {string} method
 * @param {string} path
 * @param {unknown} [body]
 * @param {Record<string, string>} [headers]
 * @returns {Promise<any>}
 */
async function call(method, path, body, headers = {}) {
  const response = await ask(method, path, body, headers, DEADLINE_MS);
  return response.status === 204 ? null : response.json().catch(() => null);
}

/**
 * A file of the signed-in person's own, which a link could not ask for.
 * @param {string} path
 */
async function file(path) {
  return (await ask('GET', path, undefined, {}, FILE_DEADLINE_MS)).blob();
}

/**
 * @param {string} method
 * @param {string} path
 * @param {unknown} body
 * @param {Record<string, string>} headers
 * @param {number} deadline ms
 */
async function ask(method, path, body, headers, deadline) {
  const all = { ...headers };
  if (token !== null) all.Authorization = `Bearer ${token}`;
  if (body !== undefined) all['Content-Type'] = 'application/json';
  const text = body === undefined ? undefined : JSON.stringify(body);
  const response = await fetch(ROOT + path, { method, headers: all, body: text, signal: AbortSignal.timeout(deadline) }).catch(() => {
    throw new Refusal(0, 'unreachable', 'the server does not answer');
  });
  if (response.ok) return response;
  const answer = await response.json().catch(() => null);
  throw new Refusal(response.status, answer?.code ?? 'refused', answer?.detail ?? response.statusText, answer ?? {});
}

/** @param {string} text */
const step = (text) => encodeURIComponent(text);

/** @param {string | number | null} before */
const cursor = (before) => (before === null ? '' : `&before=${encodeURIComponent(before)}`);

export const accounts = {
  /** @param {string} name @param {string} password @returns {Promise<Session>} */
  signUp: (name, password) => call('POST', '/accounts', { name, password }),
  /** @param {string} name @param {string} password @returns {Promise<Session>} */
  logIn: (name, password) => call('POST', '/sessions', { name, password }),
  /** @returns {Promise<Session>} */
  refresh: () => call('POST', '/sessions/refresh'),
  /** @returns {Promise<{key: string}>} */
  newStreamKey: () => call('POST', '/stream-key'),
};

export const rooms = {
  /** @returns {Promise<LiveRoom[]>} */
  live: async () => (await call('GET', '/rooms?live=1')).rooms,
  /** @param {string} room @returns {Promise<RoomNow>} */
  one: (room) => call('GET', `/rooms/${step(room)}`),
  /** The signed-in host's own room, null when he has none yet. @returns {Promise<RoomNow | null>} */
  mine: () => orNull(call('GET', '/rooms/mine')),
  /** @param {string} title @returns {Promise<RoomNow>} */
  create: (title) => call('POST', '/rooms', { title }),
  /** @param {string} room @param {string} title @returns {Promise<RoomNow>} */
  retitle: (room, title) => call('PATCH', `/rooms/${step(room)}`, { title }),
  /** @param {string} room */
  endBroadcast: (room) => call('POST', `/rooms/${step(room)}/end`),
};

export const gifts = {
  /** What there is to give, and within which bounds. @returns {Promise<{gifts: Gift[], combo_ms?: number, most_count?: number}>} */
  catalogue: () => call('GET', '/gifts'),
  /** @param {string} room @param {'day' | 'week' | 'all'} span @param {number} [most] @returns {Promise<Contributions>} */
  contributors: (room, span, most = 50) => call('GET', `/rooms/${step(room)}/contributors?span=${span}&limit=${most}`),
  /** How much a fan of a host we are. @param {string} host @returns {Promise<Fan>} */
  fan: (host) => call('GET', `/hosts/${step(host)}/fans/me`),
  /** @returns {Promise<Wallet>} */
  wallet: () => call('GET', '/wallet'),
  /**
   * @param {string} room
   * @param {{gift: string, count: number, to: string}} gift
   * @param {string} key the same for every try of one sending
   */
  send: (room, gift, key) => call('POST', `/rooms/${step(room)}/gifts`, gift, { 'Idempotency-Key': key }),
};

export const money = {
  /** @returns {Promise<Packages>} */
  packages: () => call('GET', '/topups/packages'),
  /** @param {string} id of the package @param {string} key the same for every try of one purchase @returns {Promise<Purchase>} */
  buy: (id, key) => call('POST', '/topups', { package: id, key }),
  /** @param {string} purchase @returns {Promise<Purchase>} */
  purchase: (purchase) => call('GET', `/topups/${step(purchase)}`),
  /** Our own, the newest first. @param {string | null} before @returns {Promise<{topups: Purchase[], next_before: string | null}>} */
  purchases: (before) => call('GET', `/topups?limit=5${cursor(before)}`),
  /** What we still owe, the newest first. @returns {Promise<Debt[]>} */
  debts: async () => (await call('GET', '/wallet/debts?limit=200')).debts,
  /** In development only. @param {string} purchase @returns {Promise<Purchase>} */
  payForTest: (purchase) => call('POST', '/payments/test/pay', { purchase }),
  /** The newest first. @param {Currency} currency @param {string} span of which days, a query @param {string | null} before @returns {Promise<Statement>} */
  statement: (currency, span, before) => call('GET', `/wallet/statement?limit=30&currency=${currency}${span}${cursor(before)}`),
  /** All of it. @param {Currency} currency @param {string} span @returns {Promise<Blob>} */
  statementFile: (currency, span) => file(`/wallet/statement.csv?currency=${currency}${span}`),
  /** @param {number} days @returns {Promise<EarningsDay[]>} */
  earnings: async (days) => (await call('GET', `/wallet/earnings?days=${days}`)).days,
  /** @param {string | null} before @returns {Promise<Withdrawals>} */
  withdrawals: (before) => call('GET', `/withdrawals?limit=20${cursor(before)}`),
  /** @param {number} diamonds @param {string} destination @param {string} key the same for every try @returns {Promise<Withdrawal>} */
  withdraw: (diamonds, destination, key) => call('POST', '/withdrawals', { diamonds, destination, key }),
};

export const battles = {
  /** @param {string} room our own @param {string} opponent the room whose host is invited @param {number | null} [seconds] @returns {Promise<Battle>} */
  invite: (room, opponent, seconds = null) => call('POST', `/rooms/${step(room)}/battles`, { opponent_room: opponent, duration_s: seconds }),
  /** @param {string} room our own @param {string[][]} sides the rooms of each, our own the first of all @param {number | null} [seconds] @returns {Promise<Battle>} */
  gather: (room, sides, seconds = null) => call('POST', `/rooms/${step(room)}/battles`, { sides, duration_s: seconds }),
  /** Whom our room and we ourselves do not hear. @param {string} battle @param {string} user a host of another side @param {boolean} muted @returns {Promise<Battle>} */
  mute: (battle, user, muted) => call('POST', `/battles/${step(battle)}/${muted ? 'mute' : 'unmute'}`, { user }),
  /** @param {string} battle @param {'accept' | 'decline' | 'cancel' | 'ready' | 'surrender' | 'end' | 'rematch'} verb @returns {Promise<Battle>} */
  command: (battle, verb) => call('POST', `/battles/${step(battle)}/${verb}`),
};

export const matches = {
  /** Ask for any opponent. @param {string} room @param {number | null} [seconds] @returns {Promise<Match>} */
  find: (room, seconds = null) => call('POST', `/rooms/${step(room)}/match`, { duration_s: seconds }),
  /** @param {string} room @returns {Promise<Match | null>} */
  now: (room) => call('GET', `/rooms/${step(room)}/match`),
  /** @param {string} room */
  leave: (room) => call('DELETE', `/rooms/${step(room)}/match`),
};

export const hosts = {
  /** @param {string} user @returns {Promise<Standing>} */
  standing: (user) => call('GET', `/hosts/${step(user)}/standing`),
  /** The newest first. @param {string} user @param {string | number | null} before the `next` of the page before @returns {Promise<{battles: PastBattle[], next: string | number | null}>} */
  battles: (user, before) => call('GET', `/hosts/${step(user)}/battles?limit=20${cursor(before)}`),
  /** @returns {Promise<HostSettings>} */
  settings: () => call('GET', '/me/battle-settings'),
  /** @param {HostSettings} settings @returns {Promise<HostSettings>} */
  change: (settings) => call('PUT', '/me/battle-settings', settings),
};

export const guests = {
  /** @param {string} room @returns {Promise<Guest[]>} */
  list: async (room) => (await call('GET', `/rooms/${step(room)}/guests`)).guests,
  /** Ask for a seat beside the host. @param {string} room @param {boolean} picture @returns {Promise<Guest>} */
  apply: (room, picture) => call('POST', `/rooms/${step(room)}/guests`, { picture }),
  /** @param {string} room @param {string} user @param {'approve' | 'decline'} verb */
  answer: (room, user, verb) => call('POST', `/rooms/${step(room)}/guests/${step(user)}/${verb}`),
  /** @param {string} room @param {string} user @param {boolean} muted */
  mute: (room, user, muted) => call('POST', `/rooms/${step(room)}/guests/${step(user)}/${muted ? 'mute' : 'unmute'}`),
  /** Sent away by the host, or gone by himself. @param {string} room @param {string} user */
  remove: (room, user) => call('DELETE', `/rooms/${step(room)}/guests/${step(user)}`),
};

export const relations = {
  /** @param {'blocks' | 'follows'} kind @param {string | number | null} before @returns {Promise<{people: Related[], next?: string | number | null}>} */
  list: (kind, before) => call('GET', `/me/${kind}?limit=200${cursor(before)}`),
  /** @param {'blocks' | 'follows'} kind @param {string} user @param {boolean} wanted */
  set: (kind, user, wanted) => call(wanted ? 'PUT' : 'DELETE', `/me/${kind}/${step(user)}`),
};

export const admin = {
  /** @returns {Promise<WatchedRoom[]>} */
  rooms: async () => (await call('GET', '/admin/rooms')).rooms,
  /** @param {string} room @param {string} reason */
  endBroadcast: (room, reason) => call('POST', `/admin/rooms/${step(room)}/end`, { reason }),
  /** @param {SanctionWish} wish @returns {Promise<Sanction>} */
  impose: (wish) => call('POST', '/admin/sanctions', wish),
  /** @param {string} sanction @param {string} reason */
  lift: (sanction, reason) => call('DELETE', `/admin/sanctions/${step(sanction)}`, { reason }),
  /** @returns {Promise<Sanction[]>} */
  sanctions: async () => (await call('GET', '/admin/sanctions')).sanctions,
  /** Every invariant of the money, as it was found at last. @returns {Promise<LedgerReport>} */
  ledger: () => call('GET', '/admin/ledger'),
  /** A report from then on is the answer. @returns {Promise<{asked_at_ms: number}>} */
  lookThroughLedger: () => call('POST', '/admin/ledger/look'),
  /** @returns {Promise<AuditLine[]>} */
  audit: async () => (await call('GET', '/admin/audit')).entries,
};

/** Samples are told even while the page goes away. @param {import('./media/quality.js').Sample} sample @param {boolean} leaving */
export function tellQuality(sample, leaving) {
  const body = new Blob([JSON.stringify({ samples: [sample] })], { type: 'application/json' });
  if (leaving && navigator.sendBeacon(`${ROOT}/quality/samples`, body)) return;
  call('POST', '/quality/samples', { samples: [sample] }).catch((error) => console.debug('a quality sample was lost', error));
}

/** @param {string} room */
export function feedAddress(room) {
  const address = new URL(`${ROOT}/rooms/${step(room)}/feed`, location.href);
  address.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
  address.searchParams.set('v', '1');
  if (token !== null) address.searchParams.set('token', token);
  return address.href;
}

export const whip = (/** @type {string} */ room) => `/whip/${step(room)}`;
export const whep = (/** @type {string} */ room) => `/whep/${step(room)}`;
export const whipGuest = (/** @type {string} */ room) => `/whip/${step(room)}/guest`;
export const whepGuest = (/** @type {string} */ room, /** @type {string} */ user) => `/whep/${step(room)}/guest/${step(user)}`;
export const whepCamera = (/** @type {string} */ room) => `/whep/${step(room)}/camera`;

/** @template T @param {Promise<T>} asked @returns {Promise<T | null>} */
function orNull(asked) {
  return asked.catch((error) => {
    if (error instanceof Refusal && error.status === 404) return null;
    throw error;
  });
}
