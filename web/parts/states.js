// @ts-check
/** A list that comes page by page, in every state: waiting, nothing, broken with a way to try again, more, its end. */
import { html, useEffect, useRef, useState } from '../html.js';
import { t, tError } from '../i18n.js';

/** @typedef {string | number | null} Cursor */
/** @template Item @typedef {{items: Item[] | null, next: Cursor, error: unknown, busy: boolean}} State */
/** @template Item @typedef {State<Item> & {again: () => void}} Listed `again` asks for the next page, or once more for one that did not come */

/** @type {State<any>} */
const WAITING = { items: null, next: null, error: null, busy: true };

/**
 * The first page is asked for at once, and anew when one of `whose` changes; what then still comes of the former list is dropped.
 * @template Item
 * @param {(before: Cursor) => Promise<{items: Item[], next: Cursor}>} ask
 * @param {readonly unknown[]} whose
 * @returns {Listed<Item>}
 */
export function useListed(ask, whose) {
  const [state, setState] = useState(/** @type {State<Item>} */ (WAITING));
  const turn = useRef(0);
  /** @param {Cursor} before */
  const load = async (before) => {
    const mine = turn.current;
    setState((now) => ({ ...now, error: null, busy: true }));
    try {
      const page = await ask(before);
      if (mine === turn.current) setState((now) => ({ items: [...(now.items ?? []), ...page.items], next: page.next, error: null, busy: false }));
    } catch (error) {
      if (mine === turn.current) setState((now) => ({ ...now, error, busy: false }));
    }
  };
  useEffect(() => {
    setState(WAITING);
    void load(null);
    return () => {
      turn.current += 1;
    };
  }, [...whose]);
  return { ...state, again: () => void load(state.next) };
}

/** @param {{name: string, listed: Listed<any>, none: string, row: (item: any) => import('../html.js').View}} properties `none`: what an empty list says */
export function Listing({ name, listed, none, row }) {
  const { items, next, error, busy, again } = listed;
  const still = !busy && error === null && items !== null;
  return html`<div class="listing" aria-busy=${busy} data-testid=${name}>
    ${items !== null && items.length > 0 && html`<ul>${items.map(row)}</ul>`}
    ${busy && html`<span class="ring-wait" role="status" aria-label=${t('list.waiting')}></span>`}
    ${error !== null &&
    html`<div class="notice bad" role="alert"><span class="grow">${tError(error)}</span><button type="button" class="button small ghost" data-testid=${`${name}-again`} onClick=${again}>${t('list.again')}</button></div>`}
    ${still && next !== null && html`<button type="button" class="button small ghost" data-testid=${`${name}-more`} onClick=${again}>${t('list.more')}</button>`}
    ${still && next === null && html`<p class="quiet-words" data-testid=${items?.length === 0 ? `${name}-none` : `${name}-end`}>${items?.length === 0 ? none : t('list.end')}</p>`}
  </div>`;
}
