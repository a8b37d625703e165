// @ts-check
/** The order of a host's chat: its rules, the moderators that he has named, and who may not speak. */
import { chat } from '../api/chat.js';
import { html, useState } from '../html.js';
import { t } from '../i18n.js';
import { Avatar } from '../parts/avatar.js';
import { Choice } from '../parts/choice.js';
import { BubbleIcon } from '../parts/icons.js';
import { told } from '../parts/told.js';
import { Twice } from '../parts/twice.js';
import { nameable, rankOf } from '../room/keepers.js';
import { Mutes } from '../room/mutes.js';
import { NameSearch } from './name_search.js';

/** @typedef {import('../room_session.js').RoomSession} RoomSession */
/** @typedef {import('../client/feed/messages.js').Person} Person */
/** @typedef {import('../api/chat.js').ChatRules} ChatRules */
/** @typedef {import('../api/chat.js').ChatOrder} ChatOrder */

/** What slow mode may be, in seconds. */
const SLOW_S = [0, 3, 5, 10, 30, 60];

/** @param {RoomSession} session */
const taken = (session) => (/** @type {ChatOrder} */ order) => session.learn({ t: 'chat.rules', d: order });

/** @param {{session: RoomSession}} properties */
function Rules({ session }) {
  const [wanted, setWanted] = useState(/** @type {ChatRules | null} */ (null));
  const rules = wanted ?? session.talk.value.order;
  /** @param {Partial<ChatRules>} change */
  const change = async (change) => {
    const next = { ...rules, ...change };
    setWanted(next);
    await told(chat.rule(session.room, next).then(taken(session)));
    setWanted((now) => (now === next ? null : now));
  };
  const slow = SLOW_S.map((seconds) => /** @type {const} */ ([String(seconds), seconds === 0 ? t('order.slowOff') : t('order.slowEvery', { n: seconds })]));
  const speakers = /** @type {const} */ ([['all', t('order.everyone')], ['followers', t('order.followers')]]);
  const links = /** @type {const} */ ([['yes', t('order.linksYes')], ['no', t('order.linksNo')]]);
  return html`<${Choice} testid="order-slow" label=${t('order.slow')} options=${slow} value=${String(rules.slow_s)} set=${(/** @type {string} */ seconds) => change({ slow_s: Number(seconds) })} />
    <${Choice} testid="order-speakers" label=${t('order.speakers')} options=${speakers} value=${rules.followers_only ? 'followers' : 'all'} set=${(/** @type {string} */ who) => change({ followers_only: who === 'followers' })} />
    <${Choice} testid="order-links" label=${t('order.links')} options=${links} value=${rules.links ? 'yes' : 'no'} set=${(/** @type {string} */ may) => change({ links: may === 'yes' })} />`;
}

/** @param {{session: RoomSession}} properties */
function Moderators({ session }) {
  const { lines, room } = session.state.value;
  const { order, around } = session.talk.value;
  const { moderators } = order;
  const house = { host: room?.host.user, moderators };
  const people = nameable(lines, around, house);
  /** @param {string} user @param {boolean} wanted */
  const name = (user, wanted) => chat.name(session.room, user, wanted).then(() => chat.order(session.room)).then(taken(session));
  const options = [/** @type {const} */ (['', t('order.choose')]), ...people.map((each) => /** @type {const} */ ([each.user, each.name]))];
  return html`<h3>${t('order.moderators')}</h3>
    ${moderators.length === 0 && html`<p class="quiet-words">${t('order.noModerators')}</p>`}
    <ul data-testid="moderators">
      ${moderators.map(
        (each) => html`<li key=${each.user} class="host-row" data-testid=${`moderator-${each.user}`}>
          <${Avatar} name=${each.name} id=${each.user} /><b class="grow">${each.name}</b>
          <${Twice} words=${t('order.dismiss')} sure=${t('order.dismissSure')} testid=${`dismiss-${each.user}`} class="small ghost" act=${() => name(each.user, false)} />
        </li>`,
      )}
    </ul>
    ${people.length > 0 && html`<${Choice} testid="order-name" label=${t('order.name')} options=${options} value="" set=${(/** @type {string} */ user) => user !== '' && told(name(user, true))} />`}
    <${NameSearch} label=${t('order.search')} words=${t('order.appoint')} omits=${(/** @type {Person} */ { user }) => rankOf(user, house) !== 'viewer'} choose=${(/** @type {Person} */ { user }) => told(name(user, true))} />`;
}

/** @param {{session: RoomSession}} properties */
export function ChatSettings({ session }) {
  const [open, setOpen] = useState(false);
  return html`<details class="panel host-settings" data-testid="chat-settings" onToggle=${(/** @type {Event} */ event) => setOpen(/** @type {HTMLDetailsElement} */ (event.currentTarget).open)}>
    <summary><${BubbleIcon} />${t('order.title')}</summary>
    ${open && html`<${Rules} session=${session} /><${Moderators} session=${session} /><h3>${t('mutes.title')}</h3><${Mutes} session=${session} />`}
  </details>`;
}
