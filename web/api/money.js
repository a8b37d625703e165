// @ts-check
/** Money in and out, and the statements of both. */
import { call, cursor, file, step } from './call.js';

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
