// @ts-check
/** The link of a letter says that an address is read by who has entered it. Only a tap confirms: mailboxes open links by themselves. */
import { accounts } from '../api/accounts.js';
import { html, useState } from '../html.js';
import { t } from '../i18n.js';
import { useLetterToken } from '../me/letter_token.js';
import { SentForm } from '../parts/form.js';
import { TopBar } from '../parts/top_bar.js';

/** @param {{token: string}} properties */
function Confirm({ token }) {
  const [done, setDone] = useState(false);
  const send = () => accounts.confirmEmail(token).then(() => setDone(true));
  if (done) return html`<p class="notice" role="status" data-testid="email-done">${t('account.confirmDone')}</p>`;
  return html`<${SentForm} name="email-confirm" label=${t('account.confirm')} send=${send} />`;
}

export function EmailPage() {
  const token = useLetterToken();
  return html`<div class="page">
    <${TopBar} />
    <main class="lone">
      <h1>${t('account.confirmTitle')}</h1>
      <section class="sign-in">
        ${token === null ? html`<p class="notice bad" role="alert" data-testid="email-broken">${t('account.linkBroken')}</p>` : html`<${Confirm} key=${token} token=${token} />`}
      </section>
    </main>
  </div>`;
}
