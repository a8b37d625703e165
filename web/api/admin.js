// @ts-check
/** What operators do. */
import { call, step } from './call.js';

/** @typedef {import('../client/feed/messages.js').Person} Person */
/** @typedef {{user_id: string, scope: string, duration_s: number | null, reason: string, text: string}} SanctionWish */
/** @typedef {SanctionWish & {sanction: string, imposed_at_ms: number, until_ms: number | null, lifted_at_ms: number | null}} Sanction */
/** @typedef {{number: number, actor: string, action: string, subject: string, reason: string, at_ms: number}} AuditLine */
/** @typedef {{room: string, title: string, host: Person, viewers: number, broadcast: {id: string, state: string, started_at_ms: number}, worker: string, source: string}} WatchedRoom */
/** @typedef {{name: string, holds: boolean, looked_at: number, wrong: number, examples: string[], figures: Record<string, number>}} LedgerCheck */
/** @typedef {{holds: boolean, at_ms: number, took_ms: number, age_ms: number, late: boolean, checks: LedgerCheck[]}} LedgerReport */

export const admin = {
  /** @returns {Promise<WatchedRoom[]>} */
  rooms: async () => (await call('GET', '/admin/rooms')).rooms,
  /** @param {string} room @param {string} reason */
  endBroadcast: (room, reason) => call('POST', `/admin/rooms/${step(room)}/end`, { reason }),
  /** @param {SanctionWish} wish @returns {Promise<Sanction>} */
  impose: (wish) => call('POST', '/admin/sanctions', wish),
  /** @param {string} sanction @param {string} reason */
  lift: (sanction, reason) => call('DELETE', `/admin/sanctions/${step(sanction)}`, { reason }),
  /** The newest; `next` is null when there are no others. @returns {Promise<{sanctions: Sanction[], next: string | number | null}>} */
  sanctions: () => call('GET', '/admin/sanctions'),
  /** Every invariant of the money, as it was found at last. @returns {Promise<LedgerReport>} */
  ledger: () => call('GET', '/admin/ledger'),
  /** A report from then on is the answer. @returns {Promise<{asked_at_ms: number}>} */
  lookThroughLedger: () => call('POST', '/admin/ledger/look'),
  /** The newest; `next` is null when there are no others. @returns {Promise<{entries: AuditLine[], next: string | number | null}>} */
  audit: () => call('GET', '/admin/audit'),
};
