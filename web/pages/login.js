// @ts-check
/** Sign up or sign in; then on to where one wanted to go. */
import { logIn, me, signUp } from '../account.js';
import { html, useEffect, useState } from '../html.js';
import { t, tError } from '../i18n.js';
import { TopBar } from '../parts/top_bar.js';
import { go } from '../place.js';

/** @typedef {'signup' | 'login'} Way */

/** @param {{way: Way, done?: () => void}} properties */
function AccountForm({ way, done }) {
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [error, setError] = useState(/** @type {unknown} */ (null));
  const [busy, setBusy] = useState(false);
  /** @param {SubmitEvent} event */
  const submit = async (event) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      await (way === 'signup' ? signUp(name, password) : logIn(name, password));
      done?.();
    } catch (problem) {
      setError(problem);
      setBusy(false);
    }
  };
  /** @param {(text: string) => void} set */
  const typed = (set) => (/** @type {InputEvent} */ event) => set(/** @type {HTMLInputElement} */ (event.currentTarget).value);
  return html`<form class="account-form" onSubmit=${submit} data-testid=${`${way}-form`}>
    <label>${t('account.name')}
      <input data-testid=${`${way}-name`} value=${name} onInput=${typed(setName)} required maxlength="64" autocomplete="username" autocapitalize="none" spellcheck=${false} />
    </label>
    <label>${t('account.password')}
      <input data-testid=${`${way}-password`} type="password" value=${password} onInput=${typed(setPassword)} required maxlength="128"
        autocomplete=${way === 'signup' ? 'new-password' : 'current-password'} />
      ${way === 'signup' && html`<small>${t('account.passwordHint')}</small>`}
    </label>
    ${error !== null && html`<p class="notice bad" role="alert" data-testid="account-error">${tError(error)}</p>`}
    <button class="button wide" data-testid=${`${way}-submit`} disabled=${busy}>${t(busy ? 'account.busy' : `account.${way}`)}</button>
    ${way === 'signup' && html`<p class="fine">${t('account.gift')}</p>`}
    ${way === 'login' && html`<a class="quiet" href="/reset" data-testid="forgotten">${t('account.forgotten')}</a>`}
  </form>`;
}

/** Both ways in, one at a time. @param {{first?: Way, done?: () => void}} properties */
export function SignIn({ first = 'signup', done }) {
  const [way, setWay] = useState(first);
  return html`<section class="sign-in">
    <div class="tabs" role="tablist">
      ${/** @type {const} */ (['signup', 'login']).map(
        (each) => html`<button key=${each} role="tab" type="button" aria-selected=${each === way} data-testid=${`tab-${each}`} onClick=${() => setWay(each)}>${t(`account.${each}`)}</button>`,
      )}
    </div>
    <${AccountForm} key=${way} way=${way} done=${done} />
  </section>`;
}

/** @param {{next: string}} properties */
export function LoginPage({ next }) {
  const signedIn = me.value !== null;
  useEffect(() => {
    if (signedIn) go(next, true); // whoever goes back from there would be led here and on again
  }, [signedIn, next]);
  return html`<div class="page">
    <${TopBar} />
    <main class="lone">
      <h1 class="lone-title"><span>${t('lobby.titleRed')}</span> <span>${t('lobby.titleBlue')}</span></h1>
      <${SignIn} />
    </main>
  </div>`;
}
