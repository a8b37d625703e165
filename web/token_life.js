// @ts-check
/** How long a token still lives, by a device whose clock may be wrong: only spans are taken from it. Pure. */

/** @typedef {{token: string, received_at_ms: number}} Held */

/** How long the token of ``held`` lives from ``nowMs`` on, in ms; a clock that was set back gives no more than its life. @param {Held} held @param {number} nowMs */
export function left(held, nowMs) {
  const life = lifeOf(held.token);
  return Math.max(0, Math.min(life, held.received_at_ms + life - nowMs));
}

/** From its issue to its expiry, in ms, as the token itself says (RFC 7519, section 4.1); 0 when it says nothing. @param {string} token */
export function lifeOf(token) {
  try {
    const claims = JSON.parse(atob(token.split('.')[1].replaceAll('-', '+').replaceAll('_', '/')));
    const life = (claims.exp - claims.iat) * 1000;
    return Number.isFinite(life) && life > 0 ? life : 0;
  } catch {
    return 0;
  }
}
