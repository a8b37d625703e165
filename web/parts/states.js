// @ts-check
/** A list that comes page by page, in every state: waiting, nothing, broken with a way to try again, more, its end. */
import { html, useEffect, useRef, useState } from '../html.js';
import { t, tError } from '../i18n.js';

/** @typedef {string | number | null} Cursor */
/** @template Item @typedef {{items: Item[] | null, next: Cursor, asked: Cursor, error: unknown, busy: boolean}} State `asked`: what was asked for last */
/** @template Item @typedef {State<Item> & {again: () => void}} Listed `again` asks for the next page, or once more for one that did not come */

/** @type {State<any>} */
const WAITING = { items: null, next: null, asked: null, error: null, busy: true };

/**
 * The first page is asked for at once, and anew when one of `whose` changes; what then still comes of the former list is dropped.
 * @template Item
 * @param {(before: Cursor) => Promise<{items: Item[], next: Cursor}>} ask
 * @param {readonly unknown[]} whose
 * @param {object} [further]
 * @param {(known: Item[], more: Item[]) => Item[]} [further.join] puts the next page behind what is known
 * @param {unknown} [further.version] when it changes the first page is asked for again, and what is known stays until it comes
 * @returns {Listed<Item>}
 */
export function useListed(ask, whose, { join = (known, more) => [...known, ...more], version = 0 } = {}) {
  const [state, setState] = useState(/** @type {State<Item>} */ (WAITING));
  const turn = useRef(0);
  /** @param {Cursor} before */
  const load = async (before) => {
    if (before === null) turn.current += 1;
    const mine = turn.current;
    setState((now) => ({ ...now, asked: before, error: null, busy: true }));
    try {
      const { items, next } = await ask(before);
      if (mine !== turn.current) return;
      setState((now) => ({ ...now, items: before === null ? items : join(now.items ?? [], items), next, busy: false }));
    } catch (error) {
      if (mine === turn.current) setState((now) => ({ ...now, error, busy: false }));
    }
  };
  useEffect(() => setState(WAITING), [...whose]);
  useEffect(() => {
    void load(null);
    return () => {
      turn.current += 1;
    };
  }, [...whose, version]);
  return { ...state, again: () => void load(state.error === null ? state.next : state.asked) };
}

export function Waiting() {
  return html`<span class="ring-wait" role="status" aria-label=${t('list.waiting')}></span>`;
}

/** @param {{name: string, error: unknown, again: () => void, way?: string}} properties `way`: what the button says */
export function Failed({ name, error, again, way = t('list.again') }) {
  return html`<div class="notice bad" role="alert"><span class="grow">${tError(error)}</span><button type="button" class="button small ghost" data-testid=${`${name}-again`} onClick=${again}>${way}</button></div>`;
}

/**
 * @param {object} properties
 * @param {string} properties.name
 * @param {Listed<any>} properties.listed
 * @param {string} properties.none what an empty list says
 * @param {(item: any) => import('../html.js').View} properties.row
 * @param {string} [properties.more] what the button for the next page says
 * @param {boolean} [properties.ranked] whether the order is one of places
 */
export function Listing({ name, listed, none, row, more = t('list.more'), ranked = false }) {
  const { items, next, error, busy, again } = listed;
  const still = !busy && error === null && items !== null;
  return html`<div class="listing" aria-busy=${busy} data-testid=${name}>
    ${items !== null && items.length > 0 && html`<${ranked ? 'ol' : 'ul'}>${items.map(row)}</${ranked ? 'ol' : 'ul'}>`}
    ${busy && html`<${Waiting} />`}
    ${error !== null && html`<${Failed} name=${name} error=${error} again=${again} />`}
    ${still && next !== null && html`<button type="button" class="button small ghost" data-testid=${`${name}-more`} onClick=${again}>${more}</button>`}
    ${still && next === null && html`<p class="quiet-words" data-testid=${items?.length === 0 ? `${name}-none` : `${name}-end`}>${items?.length === 0 ? none : t('list.end')}</p>`}
  </div>`;
}
