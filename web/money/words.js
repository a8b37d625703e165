// @ts-check
/** PURE. What the lines of a statement say, and prices as people write them. */

/** @typedef {import('../api/money.js').Entry} Entry */
/** @typedef {{key: string, params: Record<string, string | number>}} Said a phrase and what stands in it */

/**
 * What an entry is of: a gift to or from somebody, or its kind.
 * @param {Entry} entry
 * @param {(item: string, name: string) => string} giftName
 * @returns {Said}
 */
export function said(entry, giftName) {
  const { gift } = entry;
  const kind = entry.corrects_kind ?? entry.kind;
  if (gift === null || !['gift-coins', 'gift-diamonds'].includes(kind)) return { key: `wallet.kind.${kind}`, params: {} };
  const given = { count: gift.count, gift: giftName(gift.item, gift.name) };
  if (kind === 'gift-coins') return { key: 'wallet.gave', params: { ...given, name: gift.guest_name ?? gift.recipient_name } };
  return { key: 'wallet.got', params: { ...given, name: gift.sender_name } };
}

/**
 * A price in minor units; how many of them make a whole is the currency's own (2 of most, 0 of the yen).
 * @param {number} minor
 * @param {string} currency ISO 4217
 * @param {string} language
 */
export function price(minor, currency, language) {
  const format = new Intl.NumberFormat(language, { style: 'currency', currency });
  return format.format(minor / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
}

/** @template {{id: string}} T @param {T[]} known @param {T[]} more the next page; what comes twice is there once */
export function further(known, more) {
  const there = new Set(known.map((each) => each.id));
  return [...known, ...more.filter((each) => !there.has(each.id))];
}
