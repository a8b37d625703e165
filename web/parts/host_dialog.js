// @ts-check
/** A host's card: his rating and record, whether one follows him, and his battles so far. */
import { me } from '../account.js';
import { hosts } from '../api/battles.js';
import { further, lookedBack } from '../battle/history.js';
import { refreshStanding, useStanding } from '../fame.js';
import { html, useEffect, useRef } from '../html.js';
import { day, list, number, t } from '../i18n.js';
import { block, blocked } from '../relations.js';
import { Avatar } from './avatar.js';
import { FollowButton } from './follow.js';
import { CloseIcon } from './icons.js';
import { Fame } from './marks.js';
import { Listing, useListed } from './states.js';
import { told } from './told.js';
import { Twice } from './twice.js';

/** @typedef {import('../client/feed/messages.js').Person} Person */
/** @typedef {import('../api/battles.js').PastBattle} PastBattle */

/** @param {{user: string}} properties */
function Record({ user }) {
  const standing = useStanding(user);
  if (standing === null) return null;
  return html`<dl class="record" data-testid="record">
    <div><dt>${t('record.wins')}</dt><dd>${number(standing.wins)}</dd></div>
    <div><dt>${t('record.draws')}</dt><dd>${number(standing.draws)}</dd></div>
    <div><dt>${t('record.losses')}</dt><dd>${number(standing.losses)}</dd></div>
    <div><dt>${t('record.bestStreak')}</dt><dd>${number(standing.best_streak)}</dd></div>
  </dl>`;
}

/** @param {{past: PastBattle, user: string}} properties */
function Row({ past, user }) {
  const { outcome, mates, opponents, scores, reason, rating, gained, at_ms: at } = lookedBack(past, user);
  const change = gained < 0 ? `−${-gained}` : `+${gained}`;
  return html`<li class="past-battle" data-testid="past-battle" data-battle=${past.battle.battle} data-outcome=${outcome}>
    <span class=${`outcome outcome-${outcome}`}>${t(`outcome.${outcome}`)}</span>
    <span class="past-words">
      <b>${t('record.against', { names: list(opponents) })}</b>
      <small>${scores.map(number).join(' : ')}${mates.length > 0 ? ` · ${t('record.with', { names: list(mates) })}` : ''}${reason !== null && reason !== 'score' && reason !== 'draw' ? ` · ${t(`reason.${reason}`)}` : ''}${at !== null ? ` · ${day(at)}` : ''}</small>
    </span>
    <span class=${`past-rating ${gained < 0 ? 'down' : 'up'}`}><b>${number(rating)}</b><small>${change}</small></span>
  </li>`;
}

/** @param {{user: string}} properties */
function History({ user }) {
  const listed = useListed(
    async (before) => {
      const page = await hosts.battles(user, before);
      return { items: page.battles, next: page.next ?? null };
    },
    [user],
    { join: further },
  );
  return html`<section class="history" aria-label=${t('record.title')}>
    <h3>${t('record.title')}</h3>
    <${Listing} name="battles" listed=${listed} none=${t('record.none')} more=${t('record.more')} row=${(/** @type {PastBattle} */ past) => html`<${Row} key=${past.battle.battle} past=${past} user=${user} />`} />
  </section>`;
}

/** @param {{person: Person}} properties */
function Deeds({ person }) {
  if (me.value === null || me.value.user === person.user) return null;
  const isBlocked = blocked.value?.some((each) => each.user === person.user) ?? false;
  return html`<div class="host-deeds">
    ${!isBlocked && html`<${FollowButton} person=${person} />`}
    ${isBlocked
      ? html`<button class="button small ghost" data-testid="unblock" onClick=${() => told(block(person, false))}>${t('relation.unblock')}</button>`
      : html`<${Twice} words=${t('relation.block')} sure=${t('relation.blockSure')} testid="block" class="small ghost" act=${() => block(person, true)} />`}
  </div>`;
}

/** @param {{person: Person, close: () => void}} properties `close`: it has been closed */
export function HostCard({ person, close: closed }) {
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const standing = useStanding(person.user);
  useEffect(() => {
    dialog.current?.showModal();
    refreshStanding(person.user).catch((error) => console.debug('a standing is not known', error));
  }, [person.user]);
  const close = () => dialog.current?.close();
  /** @param {MouseEvent} event */
  const beside = (event) => {
    if (event.target === dialog.current) close();
  };
  return html`<dialog ref=${dialog} class="host-dialog" data-testid="host-dialog" aria-labelledby="host-dialog-name" onClose=${closed} onClick=${beside}>
    <div class="host-card">
      <header>
        <${Avatar} name=${person.name} id=${person.user} />
        <span class="host-card-words"><h2 id="host-dialog-name">${person.name}</h2><${Fame} rating=${standing?.rating} streak=${standing?.streak} /></span>
        <span class="grow"></span>
        <button class="round plain" aria-label=${t('close')} data-testid="close-host" onClick=${close}><${CloseIcon} /></button>
      </header>
      <${Deeds} person=${person} />
      <${Record} user=${person.user} />
      <${History} user=${person.user} />
    </div>
  </dialog>`;
}
