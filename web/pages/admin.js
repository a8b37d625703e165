// @ts-check
/** A plain page for operators: what is live, end it, ban its host, and what was done so far. */
import { isAdmin, me } from '../account.js';
import { admin } from '../api/admin.js';
import { html, useCallback, useEffect, useState } from '../html.js';
import { moment, number, t } from '../i18n.js';
import { LedgerLight } from '../parts/ledger_light.js';
import { Failed, Waiting } from '../parts/states.js';
import { toast } from '../parts/toasts.js';
import { TopBar } from '../parts/top_bar.js';
import { told } from '../parts/told.js';
import { SignIn } from './login.js';

/** @typedef {import('../api/admin.js').WatchedRoom} WatchedRoom */
/** @typedef {import('../api/admin.js').Sanction} Sanction */
/** @typedef {import('../api/admin.js').AuditLine} AuditLine */

const EVERY_MS = 2000;
const REASONS = ['abuse', 'spam', 'sexual', 'violence', 'minor', 'fraud', 'copyright', 'other'];
const SCOPES = ['platform', 'publish', 'chat', 'gift'];
const DURATIONS_S = ['', '3600', '86400', '604800'];

/** @param {(value: string) => void} set */
const chosen = (set) => (/** @type {Event} */ event) => set(/** @type {HTMLInputElement | HTMLSelectElement} */ (event.currentTarget).value);

/** @param {{name: string, values: string[], value: string, set: (value: string) => void, words: (value: string) => string}} properties */
function Choice({ name, values, value, set, words }) {
  return html`<label>${t(`admin.${name}`)}
    <select data-testid=${`admin-${name}`} value=${value} onChange=${chosen(set)}>
      ${values.map((each) => html`<option key=${each} value=${each}>${words(each)}</option>`)}
    </select>
  </label>`;
}

/** @param {{card: WatchedRoom, close: () => void}} properties */
function EndForm({ card, close }) {
  const [reason, setReason] = useState('');
  /** @param {SubmitEvent} event */
  const submit = async (event) => {
    event.preventDefault();
    if (await told(admin.endBroadcast(card.room, reason))) {
      toast(t('admin.ended'));
      close();
    }
  };
  return html`<form class="deed" onSubmit=${submit}>
    <label>${t('admin.text')}<input data-testid="admin-text" required maxlength="300" value=${reason} onInput=${chosen(setReason)} /></label>
    <button class="button small fight" data-testid="admin-confirm">${t('admin.end')}</button>
    <button type="button" class="button small ghost" onClick=${close}>${t('cancel')}</button>
  </form>`;
}

/** @param {{card: WatchedRoom, close: () => void}} properties */
function BanForm({ card, close }) {
  const [scope, setScope] = useState('platform');
  const [reason, setReason] = useState('abuse');
  const [duration, setDuration] = useState('');
  const [text, setText] = useState('');
  /** @param {SubmitEvent} event */
  const submit = async (event) => {
    event.preventDefault();
    const wish = { user_id: card.host.user, scope, reason, text, duration_s: duration === '' ? null : Number(duration) };
    if (await told(admin.impose(wish))) {
      toast(t('admin.imposed'));
      close();
    }
  };
  return html`<form class="deed" onSubmit=${submit}>
    <${Choice} name="scope" values=${SCOPES} value=${scope} set=${setScope} words=${(/** @type {string} */ each) => t(`scope.${each}`)} />
    <${Choice} name="reason" values=${REASONS} value=${reason} set=${setReason} words=${(/** @type {string} */ each) => t(`why.${each}`)} />
    <${Choice} name="duration" values=${DURATIONS_S} value=${duration} set=${setDuration} words=${(/** @type {string} */ each) => t(`duration.${each || 'ever'}`)} />
    <label>${t('admin.text')}<input data-testid="admin-text" maxlength="500" value=${text} onInput=${chosen(setText)} /></label>
    <button class="button small fight" data-testid="admin-confirm">${t('admin.impose')}</button>
    <button type="button" class="button small ghost" onClick=${close}>${t('cancel')}</button>
  </form>`;
}

/** @param {{card: WatchedRoom}} properties */
function RoomRow({ card }) {
  const [deed, setDeed] = useState(/** @type {'' | 'end' | 'ban'} */ (''));
  const close = () => setDeed('');
  return html`<li class="admin-room" data-testid=${`admin-room-${card.room}`}>
    <div class="admin-line">
      <a href=${`/rooms/${card.room}`}><b>${card.title}</b></a>
      <span>${card.host.name}</span>
      <span data-testid="admin-viewers">${t('admin.viewers', { n: number(card.viewers) })}</span>
      <span class="fine">${card.source.startsWith('battle') ? t('lobby.battle') : card.source} · ${card.worker}</span>
      <span class="grow"></span>
      <button class="button small ghost" data-testid=${`admin-end-${card.room}`} onClick=${() => setDeed('end')}>${t('admin.end')}</button>
      <button class="button small fight" data-testid=${`admin-ban-${card.host.user}`} onClick=${() => setDeed('ban')}>${t('admin.ban')}</button>
    </div>
    ${deed === 'end' && html`<${EndForm} card=${card} close=${close} />`}
    ${deed === 'ban' && html`<${BanForm} card=${card} close=${close} />`}
  </li>`;
}

/** @param {{sanctions: Sanction[], again: () => void}} properties */
function SanctionsTable({ sanctions, again }) {
  if (sanctions.length === 0) return html`<p class="quiet-words" data-testid="sanctions-none">${t('admin.noSanctions')}</p>`;
  const now = Date.now();
  /** @param {Sanction} each */
  const stands = (each) => each.lifted_at_ms === null && (each.until_ms === null || each.until_ms > now);
  /** @param {string} sanction */
  const lift = async (sanction) => {
    if (await told(admin.lift(sanction, ''))) again();
  };
  return html`<div class="scroll" tabindex="0"><table data-testid="admin-sanctions">
    <thead><tr><th>${t('admin.user')}</th><th>${t('admin.scope')}</th><th>${t('admin.reason')}</th><th>${t('admin.text')}</th><th>${t('admin.until')}</th><th></th></tr></thead>
    <tbody>
      ${sanctions.map(
        (each) => html`<tr key=${each.sanction} class=${stands(each) ? '' : 'past'} data-testid=${`sanction-${each.sanction}`} data-user=${each.user_id}>
          <td><code>${each.user_id}</code></td><td>${t(`scope.${each.scope}`)}</td><td>${t(`why.${each.reason}`)}</td><td>${each.text}</td>
          <td>${each.lifted_at_ms !== null ? t('admin.lifted') : each.until_ms === null ? t('duration.ever') : moment(each.until_ms)}</td>
          <td>${stands(each) && html`<button class="button small ghost" data-testid=${`admin-lift-${each.sanction}`} onClick=${() => lift(each.sanction)}>${t('admin.lift')}</button>`}</td>
        </tr>`,
      )}
    </tbody>
  </table></div>`;
}

/** @param {{lines: AuditLine[]}} properties */
function AuditTable({ lines }) {
  if (lines.length === 0) return html`<p class="quiet-words" data-testid="audit-none">${t('admin.noDeeds')}</p>`;
  return html`<div class="scroll" tabindex="0"><table data-testid="admin-audit">
    <thead><tr><th>${t('admin.when')}</th><th>${t('admin.deed')}</th><th>${t('admin.subject')}</th><th>${t('admin.reason')}</th><th>${t('admin.actor')}</th></tr></thead>
    <tbody>
      ${lines.map((line) => html`<tr key=${line.number}><td>${moment(line.at_ms)}</td><td>${line.action}</td><td><code>${line.subject}</code></td><td>${line.reason}</td><td><code>${line.actor}</code></td></tr>`)}
    </tbody>
  </table></div>`;
}

/** Whether that is all, or only the newest. @param {{count: number, next?: string | number | null}} properties */
function End({ count, next = null }) {
  if (count === 0) return null;
  return html`<p class="quiet-words" data-testid="admin-end-of-list">${next === null ? t('list.end') : t('admin.newest', { n: number(count) })}</p>`;
}

function Board() {
  const [live, setLive] = useState(/** @type {WatchedRoom[] | null} */ (null));
  const [imposed, setImposed] = useState(/** @type {Awaited<ReturnType<typeof admin.sanctions>> | null} */ (null));
  const [done, setDone] = useState(/** @type {Awaited<ReturnType<typeof admin.audit>> | null} */ (null));
  const [error, setError] = useState(/** @type {unknown} */ (null));
  const again = useCallback(async () => {
    try {
      const [rooms, sanctions, audit] = await Promise.all([admin.rooms(), admin.sanctions(), admin.audit()]);
      setLive(rooms);
      setImposed(sanctions);
      setDone(audit);
      setError(null);
    } catch (problem) {
      setError(problem);
    }
  }, []);
  useEffect(() => {
    void again();
    const timer = setInterval(() => document.hidden || void again(), EVERY_MS);
    return () => clearInterval(timer);
  }, [again]);
  const waits = live === null && error === null;
  return html`<main class="admin" data-testid="admin">
    ${error !== null && html`<${Failed} name="admin" error=${error} again=${again} />`}
    <section class="panel"><h2>${t('admin.live')}</h2>
      ${waits && html`<${Waiting} />`}
      ${live?.length === 0 && html`<p class="quiet-words">${t('lobby.empty')}</p>`}
      <ul>${(live ?? []).map((card) => html`<${RoomRow} key=${card.room} card=${card} />`)}</ul>
    </section>
    <section class="panel"><h2>${t('admin.ledger')}</h2><${LedgerLight} /></section>
    <section class="panel"><h2>${t('admin.sanctions')}</h2>
      ${waits && html`<${Waiting} />`}
      ${imposed && html`<${SanctionsTable} sanctions=${imposed.sanctions} again=${again} /><${End} count=${imposed.sanctions.length} next=${imposed.next} />`}
    </section>
    <section class="panel"><h2>${t('admin.audit')}</h2>
      ${waits && html`<${Waiting} />`}
      ${done && html`<${AuditTable} lines=${done.entries} /><${End} count=${done.entries.length} next=${done.next} />`}
    </section>
  </main>`;
}

export function AdminPage() {
  return html`<div class="page">
    <${TopBar} />
    ${isAdmin.value
      ? html`<${Board} />`
      : html`<main class="lone"><h1>${t('admin.title')}</h1>${me.value === null ? html`<${SignIn} first="login" />` : html`<p class="notice bad" data-testid="not-admin">${t('admin.notAdmin')}</p>`}</main>`}
  </div>`;
}
