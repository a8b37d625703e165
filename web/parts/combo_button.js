// @ts-check
/** One more of what we have just given, under the thumb, as long as the combo is open: each tap is a gift of its own. */
import { me } from '../account.js';
import { focusIsFree } from '../arrival.js';
import { setOut } from '../giving/errand.js';
import { spendable } from '../giving/giving.js';
import { countOf, isOpen, TRAVEL_MS } from '../giving/own_combo.js';
import { html, useEffect, useRef } from '../html.js';
import { t } from '../i18n.js';
import { catalogue, comboMs, giftName } from '../wallet.js';
import { GiftImage } from './gift_image.js';
import { useServerNow } from './ticking.js';
import { toast } from './toasts.js';

/** @typedef {import('../giving/recipients.js').Recipient} Recipient */
/** @typedef {import('../room_session.js').RoomSession} RoomSession */

/** A key that is held down is one tap. @param {KeyboardEvent} event */
export const once = (event) => event.repeat && (event.key === 'Enter' || event.key === ' ') && event.preventDefault();

/** Whoever came here by the tray, or held the button that this one replaces, goes on here. @param {{current: HTMLElement | null}} held @param {unknown} kind */
function useFocus(held, kind) {
  useEffect(() => {
    const inShutTray = document.activeElement?.closest('.gift-tray') && !matchMedia('(min-width: 900px)').matches;
    if (focusIsFree() || inShutTray) held.current?.focus({ preventScroll: true });
  }, [kind]);
}

/** @param {{left: number}} properties what is left of the time, 0 to 1 */
function Ring({ left }) {
  return html`<svg class="combo-ring" viewBox="0 0 100 100" aria-hidden="true"><circle cx="50" cy="50" r="46" /><circle class="combo-left" cx="50" cy="50" r="46" pathLength="1" style=${{ '--left': String(left) }} /></svg>`;
}

/** @param {{session: RoomSession, people: Recipient[], combo: import('../giving/own_combo.js').OwnCombo, left: number}} properties */
function Open({ session, people, combo, left }) {
  const held = useRef(/** @type {HTMLElement | null} */ (null));
  const gift = catalogue.value.find((each) => each.id === combo.gift);
  const to = people.find((person) => person.user === combo.to);
  const poor = gift !== undefined && spendable.value !== null && spendable.value < gift.price;
  useFocus(held, poor);
  if (gift === undefined || to === undefined) return null;
  const count = countOf(combo);
  const inside = html`<${Ring} left=${left} /><${GiftImage} gift=${gift.id} emoji=${gift.emoji} /><b class="combo-count" key=${count}>×${count}</b>`;
  const wanted = { gift: gift.id, count: 1, to: combo.to };
  if (poor) {
    const leave = () => setOut({ ...wanted, room: session.room, host: session.state.value.room?.host.name ?? '' });
    return html`<a ref=${held} class="combo-button poor" href="/wallet" data-testid="combo-top-up" onClick=${leave}>${inside}<small>${t('gift.topUp')}</small></a>`;
  }
  const tap = () => session.give({ ...wanted, coins: gift.price }) || toast(t('error.too-many'), 'bad');
  return html`<button
    ref=${held}
    type="button"
    class="combo-button"
    data-testid="combo-button"
    data-count=${count}
    aria-label=${t('gift.onceMore', { gift: giftName(gift), to: to.name, count })}
    onKeyDown=${once}
    onClick=${tap}
  >
    ${inside}<small>${t('gift.combo')}</small>
  </button>`;
}

/** @param {{session: RoomSession, people: Recipient[]}} properties */
export function ComboButton({ session, people }) {
  const combo = session.combo.value;
  const now = useServerNow(session.clock, combo !== null);
  const open = combo !== null && isOpen(combo, now) && combo.user === me.value?.user && session.state.value.broadcast !== null;
  useEffect(() => {
    if (combo !== null && !open) session.combo.value = null;
  }, [combo, open]);
  if (combo === null || !open) return null;
  return html`<${Open} session=${session} people=${people} combo=${combo} left=${Math.min(1, (combo.until_ms - now) / Math.max(1, comboMs.value - TRAVEL_MS))} />`;
}
