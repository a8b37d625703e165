// @ts-check
/** A forgotten password: ask for a letter, and with the link of that letter set a new one. */
import { bearer, renew } from '../account.js';
import { accounts } from '../api/accounts.js';
import { html, useState } from '../html.js';
import { t } from '../i18n.js';
import { useLetterToken } from '../me/letter_token.js';
import { SentForm, typed } from '../parts/form.js';
import { TopBar } from '../parts/top_bar.js';

function Ask() {
  const [account, setAccount] = useState('');
  const [asked, setAsked] = useState(false);
  const send = () => accounts.askForReset(account).then(() => setAsked(true));
  if (asked) return html`<p class="notice" role="status" data-testid="reset-asked">${t('account.resetAsked')}</p>`;
  return html`<${SentForm} name="reset-ask" label=${t('account.resetSend')} send=${send}>
    <label>${t('account.whose')}
      <input data-testid="reset-account" value=${account} onInput=${typed(setAccount)} required maxlength="254" autocomplete="username" autocapitalize="none" spellcheck=${false} />
    </label>
  </${SentForm}>`;
}

/** @param {{token: string}} properties */
function SetNew({ token }) {
  const [password, setPassword] = useState('');
  const [done, setDone] = useState(false);
  const send = async () => {
    await accounts.resetPassword(token, password);
    setDone(true);
    if (bearer() !== null) void renew(); // it may be this device's sign-in that has ended
  };
  if (done) {
    return html`<p class="notice" role="status" data-testid="reset-done">${t('account.resetDone')}</p>
      <a class="button wide" href="/login" data-testid="reset-login">${t('account.login')}</a>`;
  }
  return html`<${SentForm} name="reset" label=${t('account.resetSet')} send=${send}>
    <label>${t('account.newPassword')}
      <input data-testid="reset-password" type="password" value=${password} onInput=${typed(setPassword)} required maxlength="128" autocomplete="new-password" />
      <small>${t('account.passwordHint')}</small>
    </label>
  </${SentForm}>`;
}

export function ResetPage() {
  const token = useLetterToken();
  return html`<div class="page">
    <${TopBar} />
    <main class="lone">
      <h1>${t('account.resetTitle')}</h1>
      <section class="sign-in">${token === null ? html`<${Ask} />` : html`<${SetNew} key=${token} token=${token} />`}</section>
    </main>
  </div>`;
}
