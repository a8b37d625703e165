// @ts-check
/** PURE. What a measured uplink is good for, and what to do about it. */

/** @typedef {import('../client/media/sent.js').Sent} Sent */
/** @typedef {'good' | 'lower' | 'slow' | 'blocked'} Advice */

const RICH_BPS = 1_500_000;
const LEAST_BPS = 500_000;

/** What it bears; a browser that has no idea has at least sent something. @param {Sent} sent */
export function bearsBps(sent) {
  return Math.max(sent.availableBps ?? 0, sent.bps);
}

/** The first row that applies. @type {readonly [Advice, (sent: Sent) => boolean][]} */
const TABLE = [
  ['slow', (sent) => bearsBps(sent) < LEAST_BPS || sent.loss > 0.1 || (sent.rttMs ?? 0) > 1_000],
  ['lower', (sent) => bearsBps(sent) < RICH_BPS || sent.loss > 0.03 || (sent.rttMs ?? 0) > 400],
];

/** @param {Sent | null} sent null: nothing got through @returns {Advice} */
export function advice(sent) {
  if (sent === null) return 'blocked';
  return TABLE.find(([, applies]) => applies(sent))?.[0] ?? 'good';
}
