// @ts-check
/** One's own page: the profile, one's broadcasts, whom one follows and blocks, where one is signed in. */
import { me } from '../account.js';
import { html } from '../html.js';
import { t } from '../i18n.js';
import { Broadcasts } from '../me/broadcasts.js';
import { People } from '../me/people.js';
import { Profile } from '../me/profile.js';
import { SignIns } from '../me/sign_ins.js';
import { TopBar } from '../parts/top_bar.js';
import { TABS } from '../place.js';
import { SignIn } from './login.js';

/** @typedef {import('../place.js').Tab} Tab */

/** @param {{tab: Tab}} properties */
function Own({ tab }) {
  return html`<main class="me" data-testid="me">
    <h1 class="sr-only">${t('nav.me')}</h1>
    <nav class="ways" aria-label=${t('me.tabs')}>
      ${TABS.map((each) => html`<a key=${each} href=${`/me?tab=${each}`} data-testid=${`me-${each}`} aria-current=${each === tab ? 'page' : undefined}>${t(`me.${each}`)}</a>`)}
      <a href="/wallet" data-testid="me-wallet">${t('nav.wallet')}</a>
    </nav>
    <section class="panel" key=${tab} aria-label=${t(`me.${tab}`)}>
      ${tab === 'profile' && html`<${Profile} />`}
      ${(tab === 'follows' || tab === 'blocks') && html`<${People} kind=${tab} />`}
      ${tab === 'broadcasts' && html`<${Broadcasts} />`}
      ${tab === 'sessions' && html`<${SignIns} />`}
    </section>
  </main>`;
}

/** @param {{tab: Tab}} properties */
export function MePage({ tab }) {
  return html`<div class="page">
    <${TopBar} />
    ${me.value === null ? html`<main class="lone"><h1>${t('me.signIn')}</h1><${SignIn} first="login" /></main>` : html`<${Own} key=${me.value.user} tab=${tab} />`}
  </div>`;
}
