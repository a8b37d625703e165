// @ts-check
/** Who gave most in a room: today, this week, ever; where the reader stands; and how much a fan of its host he is. */
import { me } from '../account.js';
import { gifts } from '../api/gifts.js';
import { rooms } from '../api/rooms.js';
import { coinsToNext, placeBelow } from '../contributions.js';
import { html, useEffect, useRef, useState } from '../html.js';
import { number, t } from '../i18n.js';
import { Avatar } from './avatar.js';
import { CloseIcon } from './icons.js';
import { Listing, useListed } from './states.js';

/** @typedef {import('../api/gifts.js').Contributions} Contributions */
/** @typedef {import('../api/gifts.js').Fan} Fan */
/** @typedef {import('../api/gifts.js').Patron} Patron */

const SPANS = /** @type {const} */ (['day', 'week', 'all']);

/** @param {{place: number, user: string, name: string, said?: string, coins: number}} properties `said`: what is written for the name */
function Words({ place, user, name, said = name, coins }) {
  return html`<b class="place">${number(place)}</b><${Avatar} name=${name} id=${user} /><span class="patron-name">${said}</span>
    <span class="price"><img src="/static/art/coin.svg" alt=${t('gift.coins')} />${number(coins)}</span>`;
}

/** @param {{room: string, span: 'day' | 'week' | 'all'}} properties */
function List({ room, span }) {
  const reader = me.value;
  const [known, setKnown] = useState(/** @type {Contributions | null} */ (null));
  const listed = useListed(async () => {
    const found = await gifts.contributors(room, span);
    setKnown(found);
    return { items: found.contributors.map((each, place) => ({ ...each, place: place + 1 })), next: null };
  }, [room, span]);
  const below = known && placeBelow(known, reader?.user);
  const row = (/** @type {Patron & {place: number}} */ each) => html`<li key=${each.user} class=${each.user === reader?.user ? 'mine' : ''} data-testid="patron" data-user=${each.user} data-coins=${each.coins}>
    <${Words} place=${each.place} user=${each.user} name=${each.name} coins=${each.coins} />
  </li>`;
  return html`<div class="patrons"><${Listing} name="patrons-list" listed=${listed} none=${t('patrons.none')} row=${row} ranked=${true} /></div>
    ${reader !== null && below && html`<p class="patron-below" data-testid="my-place" data-place=${below.place}><${Words} place=${below.place} user=${reader.user} name=${reader.name} said=${t('patrons.you')} coins=${below.coins} /></p>`}`;
}

/** The reader and the room's host, unless he is the host himself. @param {{room: string}} properties */
function FanLevel({ room }) {
  const [known, setKnown] = useState(/** @type {{name: string, fan: Fan} | null} */ (null));
  const user = me.value?.user;
  useEffect(() => {
    let gone = false;
    setKnown(null);
    const ask = async () => {
      const { host } = await rooms.one(room);
      const fan = host.user === user ? null : await gifts.fan(host.user);
      if (!gone && fan !== null) setKnown({ name: host.name, fan });
    };
    if (user !== undefined) ask().catch((error) => console.debug('the fan level is not known', error));
    return () => {
      gone = true;
    };
  }, [room, user]);
  if (known === null) return null;
  const { name, fan } = known;
  const missing = coinsToNext(fan);
  return html`<section class="fan-level" data-testid="fan-progress" data-level=${fan.level}>
    <p>
      <i class="fan-mark">${fan.level}</i><b>${t(fan.level > 0 ? 'patrons.fan' : 'patrons.noFan', { name })}</b>
      <small>${missing === null ? t('patrons.highest') : t('patrons.toNext', { coins: number(missing), level: fan.level + 1 })}</small>
    </p>
    ${fan.next_coins !== null && html`<progress max=${fan.next_coins} value=${fan.coins} aria-label=${t('gift.fan', { level: fan.level })}></progress>`}
  </section>`;
}

/** @param {{room: string, close: () => void}} properties */
export function Patrons({ room, close }) {
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const [span, setSpan] = useState(/** @type {'day' | 'week' | 'all'} */ ('day'));
  useEffect(() => dialog.current?.showModal(), []);
  /** @param {MouseEvent} event */
  const beside = (event) => {
    if (event.target === dialog.current) dialog.current?.close();
  };
  return html`<dialog ref=${dialog} class="host-dialog" data-testid="patrons" aria-labelledby="patrons-title" onClose=${close} onClick=${beside}>
    <div class="host-card">
      <header>
        <h2 id="patrons-title">${t('patrons.title')}</h2>
        <span class="grow"></span>
        <button class="round plain" aria-label=${t('close')} data-testid="close-patrons" onClick=${() => dialog.current?.close()}><${CloseIcon} /></button>
      </header>
      <${FanLevel} room=${room} />
      <div class="counts spans" role="radiogroup" aria-label=${t('patrons.span')}>
        ${SPANS.map(
          (each) => html`<button type="button" key=${each} role="radio" aria-checked=${each === span} data-testid=${`patrons-${each}`} onClick=${() => setSpan(each)}>${t(`patrons.${each}`)}</button>`,
        )}
      </div>
      <${List} key=${span} room=${room} span=${span} />
    </div>
  </dialog>`;
}
