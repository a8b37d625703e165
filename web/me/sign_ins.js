// @ts-check
/** Where one is signed in; each of it, or all but this one, can be ended. */
import { signOut } from '../account.js';
import { signIns } from '../api/me.js';
import { html, useState } from '../html.js';
import { day, t } from '../i18n.js';
import { Listing, useListed } from '../parts/states.js';
import { toast } from '../parts/toasts.js';
import { told } from '../parts/told.js';
import { agentOf } from './agent.js';

/** @typedef {import('../api/me.js').SignIn} SignIn */

/** @param {string} agent */
function named(agent) {
  const known = agentOf(agent);
  if (known === null) return t('me.unknownAgent');
  return known.system === null ? known.browser : t('me.agentOn', { browser: known.browser, system: known.system });
}

/** @param {{one: SignIn, ended: () => void}} properties */
function Row({ one, ended }) {
  const name = named(one.agent);
  const end = async () => {
    if (await told(signIns.end(one.session))) ended();
  };
  return html`<li class="entry" data-testid="sign-in" data-current=${one.current}>
    <span class="entry-words">
      <b>${name}${one.current && html` <span class="mark mark-ready">${t('me.thisOne')}</span>`}</b>
      <small>${[one.address, t('me.signedInAt', { when: day(one.made_at_ms) }), t('me.seen', { when: day(one.seen_at_ms) })].filter(Boolean).join(' · ')}</small>
    </span>
    ${one.current
      ? html`<button type="button" class="button small ghost" data-testid="me-sign-out" onClick=${() => told(signOut())}>${t('nav.signOut')}</button>`
      : html`<button type="button" class="button small ghost" aria-label=${t('me.endName', { name })} data-testid=${`end-${one.session}`} onClick=${end}>${t('me.end')}</button>`}
  </li>`;
}

export function SignIns() {
  const [version, setVersion] = useState(0);
  const changed = () => setVersion((now) => now + 1);
  const listed = useListed(async () => ({ items: (await signIns.list()).sessions, next: null }), [version]);
  const others = listed.items?.some((one) => !one.current) ?? false;
  const endOthers = async () => {
    if (!(await told(signIns.endOthers()))) return;
    toast(t('me.othersEnded'));
    changed();
  };
  return html`<${Listing} name="sessions" listed=${listed} none=${t('me.noSessions')} row=${(/** @type {SignIn} */ one) => html`<${Row} key=${one.session} one=${one} ended=${changed} />`} />
    ${others && html`<button type="button" class="button small ghost" data-testid="end-others" onClick=${endOthers}>${t('me.endOthers')}</button>`}`;
}
