// @ts-check
/** Idempotency keys: one for each wish, the same for every try of it. */

/** 128 random bits; randomUUID exists on HTTPS pages only, and a phone in the same network may come over HTTP. */
export function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
