// @ts-check
/** Who gave most in a room: today, this week, ever. */
import { gifts } from '../api.js';
import { html, useEffect, useRef, useState } from '../html.js';
import { number, t, tError } from '../i18n.js';
import { Avatar } from './avatar.js';
import { CloseIcon } from './icons.js';

/** @typedef {import('../api.js').Patron} Patron */

const SPANS = /** @type {const} */ (['day', 'week', 'all']);

/** @param {{room: string, span: 'day' | 'week' | 'all'}} properties */
function List({ room, span }) {
  const [patrons, setPatrons] = useState(/** @type {Patron[] | null} */ (null));
  const [error, setError] = useState(/** @type {unknown} */ (null));
  useEffect(() => {
    let gone = false;
    setPatrons(null);
    setError(null);
    gifts.contributors(room, span).then(
      (found) => gone || setPatrons(found),
      (problem) => gone || setError(problem),
    );
    return () => {
      gone = true;
    };
  }, [room, span]);
  if (error !== null) return html`<p class="notice bad" role="alert">${tError(error)}</p>`;
  if (patrons === null) return html`<span class="ring-wait"></span>`;
  if (patrons.length === 0) return html`<p class="quiet-words" data-testid="no-patrons">${t('patrons.none')}</p>`;
  return html`<ol class="patrons">
    ${patrons.map(
      (each, place) => html`<li key=${each.user} data-testid="patron" data-user=${each.user} data-coins=${each.coins}>
        <b class="place">${number(place + 1)}</b><${Avatar} name=${each.name} id=${each.user} /><span class="patron-name">${each.name}</span>
        <span class="price"><img src="/static/art/coin.svg" alt=${t('gift.coins')} />${number(each.coins)}</span>
      </li>`,
    )}
  </ol>`;
}

/** @param {{room: string, close: () => void}} properties */
export function Patrons({ room, close }) {
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const [span, setSpan] = useState(/** @type {'day' | 'week' | 'all'} */ ('day'));
  useEffect(() => dialog.current?.showModal(), []);
  /** @param {MouseEvent} event */
  const beside = (event) => {
    if (event.target === dialog.current) dialog.current?.close();
  };
  return html`<dialog ref=${dialog} class="host-dialog" data-testid="patrons" aria-labelledby="patrons-title" onClose=${close} onClick=${beside}>
    <div class="host-card">
      <header>
        <h2 id="patrons-title">${t('patrons.title')}</h2>
        <span class="grow"></span>
        <button class="round plain" aria-label=${t('close')} data-testid="close-patrons" onClick=${() => dialog.current?.close()}><${CloseIcon} /></button>
      </header>
      <div class="counts spans" role="radiogroup" aria-label=${t('patrons.span')}>
        ${SPANS.map(
          (each) => html`<button type="button" key=${each} role="radio" aria-checked=${each === span} data-testid=${`patrons-${each}`} onClick=${() => setSpan(each)}>${t(`patrons.${each}`)}</button>`,
        )}
      </div>
      <${List} key=${span} room=${room} span=${span} />
    </div>
  </dialog>`;
}
