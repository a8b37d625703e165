// @ts-check
/** What others see of one, and the address that a forgotten password would be written to. */
import { me, renew, signOut } from '../account.js';
import { profile } from '../api/me.js';
import { html, useEffect, useState } from '../html.js';
import { t, tError } from '../i18n.js';
import { SentForm, typed } from '../parts/form.js';
import { toast } from '../parts/toasts.js';
import { told } from '../parts/told.js';

/** @typedef {import('../api/me.js').Profile} Known */

/** @param {{known: Known, changed: (known: Known) => void}} properties */
function Seen({ known, changed }) {
  const [name, setName] = useState(known.name);
  const [about, setAbout] = useState(known.about);
  const send = async () => {
    const renamed = name.trim() !== known.name;
    changed(await profile.change({ ...(renamed ? { name } : {}), about }));
    toast(t('me.saved'));
    if (renamed) await renew(); // the next token carries the name
  };
  return html`<${SentForm} name="profile" label=${t('me.save')} send=${send}>
    <label>${t('account.name')}
      <input data-testid="profile-name" value=${name} onInput=${typed(setName)} required maxlength="64" autocomplete="username" spellcheck=${false} />
      <small>${t('me.renameHint')}</small>
    </label>
    <label>${t('me.about')}
      <input data-testid="profile-about" value=${about} onInput=${typed(setAbout)} maxlength="160" autocomplete="off" />
      <small>${t('me.aboutHint')}</small>
    </label>
  </${SentForm}>`;
}

/** @param {{known: Known}} properties */
function Address({ known }) {
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [asked, setAsked] = useState(/** @type {string | null} */ (null));
  const send = async () => {
    await profile.wantEmail(email, password);
    setAsked(email);
    setPassword('');
  };
  return html`<h2>${t('me.email')}</h2>
    <p class="quiet-words" data-testid="email-now">${known.email ?? t('me.emailNone')}</p>
    ${asked !== null && html`<p class="notice" role="status" data-testid="email-asked">${t('me.emailAsked', { email: asked })}</p>`}
    <${SentForm} name="email" label=${t('me.emailSend')} send=${send}>
      <label>${t('me.email')}
        <input data-testid="email-address" type="email" value=${email} onInput=${typed(setEmail)} required maxlength="254" autocomplete="email" />
        <small>${t('me.emailHint')}</small>
      </label>
      <label>${t('me.password')}
        <input data-testid="email-password" type="password" value=${password} onInput=${typed(setPassword)} required maxlength="128" autocomplete="current-password" />
      </label>
    </${SentForm}>`;
}

export function Profile() {
  const [known, setKnown] = useState(/** @type {Known | null} */ (null));
  const [error, setError] = useState(/** @type {unknown} */ (null));
  const ask = () => {
    setError(null);
    profile.get().then(setKnown, setError);
  };
  useEffect(ask, [me.value?.user]);
  if (error !== null) {
    return html`<div class="notice bad" role="alert"><span class="grow">${tError(error)}</span><button type="button" class="button small ghost" data-testid="profile-again" onClick=${ask}>${t('list.again')}</button></div>`;
  }
  if (known === null) return html`<span class="ring-wait" role="status" aria-label=${t('list.waiting')}></span>`;
  return html`<${Seen} known=${known} changed=${setKnown} />
    <${Address} known=${known} />
    <button type="button" class="button ghost wide" data-testid="me-sign-out" onClick=${() => told(signOut())}>${t('nav.signOut')}</button>`;
}
