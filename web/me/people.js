// @ts-check
/** Whom one follows or blocks; who was let go by mistake is taken back with one tap. */
import { relations } from '../api/me.js';
import { html, useState } from '../html.js';
import { day, t } from '../i18n.js';
import { Avatar } from '../parts/avatar.js';
import { Listing, useListed } from '../parts/states.js';
import { told } from '../parts/told.js';
import { block, follow } from '../relations.js';

/** @typedef {import('../api/me.js').Related} Related */
/** @typedef {'follows' | 'blocks'} Kind */

const ACT = { follows: follow, blocks: block };
const WORDS = {
  follows: { on: 'relation.following', off: 'relation.follow', none: 'me.noFollows' },
  blocks: { on: 'relation.unblock', off: 'relation.block', none: 'me.noBlocks' },
};

/** @param {{kind: Kind, person: Related}} properties */
function Row({ kind, person }) {
  const [on, setOn] = useState(true);
  const act = async () => {
    if (await told(ACT[kind](person, !on))) setOn(!on);
  };
  const key = WORDS[kind][on ? 'on' : 'off'];
  const words = t(key);
  return html`<li class="entry" data-testid="person-row" data-user=${person.user}>
    <${Avatar} name=${person.name} id=${person.user} />
    <span class="entry-words"><b>${person.name}</b><small>${t('me.since', { when: day(person.since_ms) })}</small></span>
    <button type="button" class=${`button small ${on ? 'ghost' : ''}`} aria-label=${`${words}: ${person.name}`} data-testid=${`let-${person.user}`} onClick=${act}>${words}</button>
  </li>`;
}

/** @param {{kind: Kind}} properties */
export function People({ kind }) {
  const listed = useListed(async (before) => {
    const page = await relations.list(kind, before);
    return { items: page.people, next: page.next ?? null };
  }, [kind]);
  return html`<${Listing} name=${kind} listed=${listed} none=${t(WORDS[kind].none)} row=${(/** @type {Related} */ person) => html`<${Row} key=${person.user} kind=${kind} person=${person} />`} />`;
}
