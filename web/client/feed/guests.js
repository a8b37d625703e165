// @ts-check
/** PURE. How what is known of a host's guests changes: who is on stage, who wants to be. */

/** @typedef {import('./messages.js').Guest} Guest */

/** @param {readonly Guest[]} guests @param {Guest} guest @returns {Guest[]} */
export function withGuest(guests, guest) {
  const there = guests.some((each) => each.user === guest.user);
  return there ? guests.map((each) => (each.user === guest.user ? guest : each)) : [...guests, guest];
}

/** @param {readonly Guest[]} guests @param {string} user */
export const withoutGuest = (guests, user) => guests.filter((each) => each.user !== user);

/** Those on stage as the room is told, and of the others we know whoever is not among them. @param {readonly Guest[]} known @param {readonly Guest[]} staged @returns {Guest[]} */
export function staged(known, staged) {
  const waiting = known.filter((each) => each.state !== 'on-stage' && !staged.some((other) => other.user === each.user));
  return [...staged, ...waiting];
}

/**
 * What the host's answer makes of what an applicant knows: of applications he knows only his own.
 * @param {readonly Guest[]} known @param {string} answer approved, declined or removed
 * @returns {Guest[]}
 */
export function answered(known, answer) {
  if (answer === 'approved') return known.map((each) => (each.state === 'applied' ? { ...each, state: 'approved' } : each));
  return known.filter((each) => each.state === 'on-stage');
}
