// @ts-check
/** PURE. The days that a statement is asked for, as the reader's own calendar has them. */

/** @typedef {{first: string, last: string}} Days as a date field writes them (2026-01-31), both included; empty: no bound */

/** @type {Days} */
export const ALL_DAYS = { first: '', last: '' };
/** What the API takes. */
const LATEST_MS = 2 ** 47;

/** When the day `after` days later begins; null for what is no day. @param {string} text @param {number} after */
function beginning(text, after) {
  const day = new Date(`${text}T00:00`); // without a zone: the reader's
  day.setDate(day.getDate() + after);
  return Number.isNaN(day.getTime()) ? null : Math.min(Math.max(day.getTime(), 0), LATEST_MS);
}

/**
 * The query for these days: from the first one's beginning, before the end of the last.
 * @param {Days} days
 */
export function spanOf({ first, last }) {
  const [from, to] = [beginning(first, 0), beginning(last, 1)];
  return `${from === null ? '' : `&from_ms=${from}`}${to === null ? '' : `&to_ms=${to}`}`;
}
