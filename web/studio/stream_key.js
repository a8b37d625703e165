// @ts-check
/** The stream key: made, hidden until it is asked for, made anew when asked twice. The server shows it only once. */
import { accounts } from '../api/accounts.js';
import { html, useEffect, useState } from '../html.js';
import { day, t, tError } from '../i18n.js';
import { Copyable } from '../parts/copyable.js';
import { EyeIcon, KeyIcon } from '../parts/icons.js';
import { told } from '../parts/told.js';
import { Twice } from '../parts/twice.js';

const HIDDEN = '••••••••••••';

/** The key as the page has it: empty unless it was made here. @typedef {{key: string, shown: boolean}} Held */

/** @param {Held} held @param {string} otherwise */
export const seen = (held, otherwise) => (held.key === '' ? otherwise : held.shown ? held.key : HIDDEN);

/** @param {{held: Held, hold: (held: Held) => void}} properties */
export function StreamKey({ held, hold }) {
  const [madeAt, setMadeAt] = useState(/** @type {number | null | undefined} */ (undefined));
  const [error, setError] = useState(/** @type {unknown} */ (null));
  const ask = () => {
    setError(null);
    accounts.streamKey().then((state) => setMadeAt(state.made_at_ms), setError);
  };
  useEffect(ask, [held.key]);
  const make = async () => hold({ key: (await accounts.newStreamKey()).key, shown: false });
  if (error !== null) {
    return html`<div class="notice bad" role="alert"><span class="grow">${tError(error)}</span><button type="button" class="button small ghost" data-testid="key-try-again" onClick=${ask}>${t('list.again')}</button></div>`;
  }
  if (madeAt === undefined) return html`<span class="ring-wait" role="status" aria-label=${t('list.waiting')}></span>`;
  return html`
    ${held.key !== '' &&
    html`<${Copyable} label=${t('key.key')} value=${held.key} shown=${seen(held, '')} testid="stream-key" />
      <p class="quiet-words">${t('key.once')}</p>
      <button type="button" class="button small ghost" data-testid="show-key" aria-pressed=${held.shown} onClick=${() => hold({ ...held, shown: !held.shown })}><${EyeIcon} />${t(held.shown ? 'key.hide' : 'key.show')}</button>`}
    ${held.key === '' && madeAt !== null && html`<p class="quiet-words" data-testid="key-made">${t('key.made', { when: day(madeAt) })}</p>`}
    ${madeAt === null
      ? html`<button type="button" class="button" data-testid="new-stream-key" onClick=${() => told(make())}><${KeyIcon} />${t('key.make')}</button>`
      : html`<${Twice} words=${t('key.again')} sure=${t('key.againSure')} testid="again-stream-key" icon=${KeyIcon} class="small ghost" act=${make} />`}
  `;
}
