// @ts-check
/** The catalogue to give from: choose a gift, a number and whom it is for; every press of the button is one wish. */
import { me } from '../account.js';
import { gifts } from '../api/gifts.js';
import { setOut } from '../giving/errand.js';
import { spendable } from '../giving/giving.js';
import { html, useEffect, useState } from '../html.js';
import { number, short, t } from '../i18n.js';
import { late } from '../late.js';
import { catalogue, giftName, isLucky, loadCatalogue, mostBoost, mostPieces } from '../wallet.js';
import { once } from './combo_button.js';
import { GiftImage } from './gift_image.js';
import { CloseIcon, CrownIcon } from './icons.js';
import { Failed, Waiting } from './states.js';
import { toast } from './toasts.js';
import { WishesNote } from './wishes_note.js';

/** @typedef {import('../giving/recipients.js').Recipient} Recipient */
/** @typedef {import('../api/gifts.js').Gift} Gift */

const COUNTS = [1, 5, 10, 66];
const Patrons = late(() => import('./patrons.js').then((module) => module.Patrons));

/** What may happen with a gift. @param {{gift: Gift}} properties */
function Marks({ gift }) {
  const boost = mostBoost(gift);
  return html`<span class="gift-marks">
    ${isLucky(gift) && html`<i data-testid=${`lucky-${gift.id}`}>${t('gift.lucky')}</i>`}
    ${boost > 1 && html`<i data-testid=${`boosting-${gift.id}`}>${t('gift.boosting', { boost })}</i>`}
  </span>`;
}

/** Our own fan level with a host, as last heard. @param {import('../room_session.js').RoomSession} session @param {string} host */
function useFanLevel(session, host) {
  const [level, setLevel] = useState(0);
  const user = me.value?.user;
  useEffect(() => {
    let gone = false;
    setLevel(0);
    if (user === undefined || host === '' || user === host) return undefined;
    gifts.fan(host).then(
      (fan) => gone || setLevel(fan?.level ?? 0),
      (error) => console.debug('the fan level is not known', error),
    );
    const stop = session.listen((message) => {
      if (message.t === 'gift.sent' && message.d.from.user === user && message.d.to.user === host) setLevel(message.d.from.fan_level ?? 0);
    });
    return () => {
      gone = true;
      stop();
    };
  }, [session, user, host]);
  return level;
}

/** @param {{gift: Gift, chosen: boolean, choose: () => void}} properties */
function GiftCard({ gift, chosen, choose }) {
  return html`<button
    type="button"
    class=${`gift-card level-${gift.level} ${chosen ? 'chosen' : ''}`}
    data-testid=${`gift-${gift.id}`}
    data-price=${gift.price}
    data-level=${gift.level}
    aria-pressed=${chosen}
    title=${t('gift.level', { level: gift.level })}
    onClick=${choose}
  >
    <${Marks} gift=${gift} />
    <${GiftImage} gift=${gift.id} emoji=${gift.emoji} />
    <span class="gift-name">${giftName(gift)}</span>
    <span class="price"><img src="/static/art/coin.svg" alt=${t('gift.coins')} />${short(gift.price)}</span>
  </button>`;
}

/** @param {{people: Recipient[], to: string, choose: (user: string) => void}} properties */
function Recipients({ people, to, choose }) {
  if (people.length < 2) return null;
  return html`<div class="recipients" role="radiogroup" aria-label=${t('gift.to')}>
    ${people.map(
      (person) => html`<button
        type="button"
        key=${person.user}
        role="radio"
        aria-checked=${person.user === to}
        class=${`recipient in-${person.side ?? 'none'}`}
        data-testid=${person.guest ? 'gift-to-guest' : person.side ? `gift-to-${person.side}` : 'gift-to'}
        data-user=${person.user}
        onClick=${() => choose(person.user)}
      >
        ${person.name}
      </button>`,
    )}
  </div>`;
}

/** @param {{count: number, choose: (count: number) => void}} properties */
function Counts({ count, choose }) {
  /** What is no number of pieces leaves the count as it was. @param {InputEvent} event */
  const typed = (event) => {
    const wanted = Number(/** @type {HTMLInputElement} */ (event.currentTarget).value);
    if (Number.isInteger(wanted) && wanted >= 1) choose(Math.min(mostPieces.value, wanted));
  };
  return html`<div class="counts" role="group" aria-label=${t('gift.count')}>
    ${COUNTS.map(
      (each) => html`<button type="button" key=${each} aria-pressed=${each === count} data-testid=${`gift-count-${each}`} onClick=${() => choose(each)}>${each}</button>`,
    )}
    <input
      type="number"
      inputmode="numeric"
      min="1"
      max=${mostPieces.value}
      step="1"
      placeholder="…"
      class=${COUNTS.includes(count) ? '' : 'chosen'}
      data-testid="gift-count-own"
      aria-label=${t('gift.countOwn', { most: mostPieces.value })}
      value=${COUNTS.includes(count) ? '' : count}
      onChange=${typed}
      onInput=${typed}
    />
  </div>`;
}

/**
 * @param {object} properties
 * @param {import('../room_session.js').RoomSession} properties.session
 * @param {Recipient[]} properties.people whom a gift can go to, the room's host first
 * @param {boolean} properties.open
 * @param {() => void} properties.close
 * @param {import('../giving/errand.js').Errand | null} properties.first what to begin with
 */
export function GiftTray({ session, people, open, close, first }) {
  const [chosen, setChosen] = useState(first?.gift ?? '');
  const [count, setCount] = useState(first?.count ?? 1);
  const [wanted, setWanted] = useState(first?.to ?? '');
  const [burst, setBurst] = useState(0);
  const [listed, setListed] = useState(false);
  const [looked, setLooked] = useState(false);
  const [error, setError] = useState(/** @type {unknown} */ (null));
  const look = () => {
    setError(null);
    loadCatalogue()
      .catch(setError)
      .finally(() => setLooked(true));
  };
  useEffect(look, [open]);
  const to = people.find((person) => person.user === wanted)?.user ?? people[0]?.user ?? '';
  const level = useFanLevel(session, people.find((person) => person.user === to && !person.guest)?.user ?? people[0]?.user ?? '');
  const gift = catalogue.value.find((each) => each.id === chosen) ?? catalogue.value[0];
  const cost = gift ? gift.price * count : 0;
  const purse = spendable.value;
  const send = () => {
    if (!gift || !to) return;
    setBurst((times) => times + 1);
    if (session.give({ gift: gift.id, count, to, coins: cost })) close();
    else toast(t('error.too-many'), 'bad');
  };
  const leave = () => setOut({ room: session.room, host: session.state.value.room?.host.name ?? '', gift: gift?.id ?? '', count, to });
  return html`<section class=${`gift-tray ${open ? 'open' : ''}`} data-testid="gift-tray" aria-label=${t('gift.title')}>
    <header class="gift-head">
      <h2>${t('gift.title')}</h2>
      ${level > 0 && html`<i class="fan-mark" data-testid="fan-level" data-level=${level} title=${t('gift.fan', { level })}>${level}</i>`}
      <${Recipients} people=${people} to=${to} choose=${setWanted} />
      <button type="button" class="round plain patrons-open" data-testid="patrons-open" aria-label=${t('patrons.title')} onClick=${() => setListed(true)}><${CrownIcon} /></button>
      <button type="button" class="round plain only-narrow" aria-label=${t('close')} onClick=${close}><${CloseIcon} /></button>
    </header>
    ${error !== null && html`<${Failed} name="gifts" error=${error} again=${look} />`}
    ${!looked && catalogue.value.length === 0 && html`<${Waiting} />`}
    ${looked && error === null && catalogue.value.length === 0 && html`<p class="quiet-words" data-testid="gifts-none">${t('gift.none')}</p>`}
    <div class="gift-grid">
      ${catalogue.value.map((each) => html`<${GiftCard} key=${each.id} gift=${each} chosen=${each === gift} choose=${() => setChosen(each.id)} />`)}
    </div>
    ${open && html`<${WishesNote} />`}
    <footer class="gift-foot">
      ${me.value === null
        ? html`<a class="button wide" href=${`/login?next=${encodeURIComponent(`/rooms/${session.room}`)}`}>${t('gift.signIn')}</a>`
        : html`<span class="balance"><img src="/static/art/coin.svg" alt=${t('gift.balance')} /><b data-testid="balance" data-coins=${purse ?? ''}>${purse === null ? '–' : number(purse)}</b></span>
            <${Counts} count=${count} choose=${setCount} />
            ${purse !== null && purse < cost
              ? html`<a class="button gift-send" href="/wallet" data-testid="top-up" onClick=${leave}>${t('gift.topUpBy', { coins: number(cost - purse) })}</a>`
              : html`<button type="button" class="button gift-send" data-testid="gift-send" data-burst=${burst % 2} disabled=${!gift || !to || session.state.value.broadcast === null} onKeyDown=${once} onClick=${send}>${t('gift.send')}</button>`}`}
    </footer>
    ${listed && html`<${Patrons} room=${session.room} close=${() => setListed(false)} />`}
  </section>`;
}
