// @ts-check
/** The lobby: who is live now. */
import { whep } from '../api/addresses.js';
import { rooms } from '../api/rooms.js';
import { useStanding } from '../fame.js';
import { html, useEffect, useState } from '../html.js';
import { number, t, tError } from '../i18n.js';
import { prepareToWatch } from '../client/media/head_start.js';
import { Avatar, hueOf } from '../parts/avatar.js';
import { EyeIcon } from '../parts/icons.js';
import { Fame } from '../parts/marks.js';
import { TopBar } from '../parts/top_bar.js';

/** @typedef {import('../api/rooms.js').LiveRoom} LiveRoom */

const EVERY_MS = 3000;
/** Whose standings are asked for: one request each. */
const MOST_RATED = 24;

/** Asks again while the page is looked at. */
export function useLiveRooms() {
  const [found, setFound] = useState(/** @type {{rooms: LiveRoom[] | null, error: unknown}} */ ({ rooms: null, error: null }));
  useEffect(() => {
    let gone = false;
    const ask = () => {
      if (document.hidden) return;
      rooms.live().then(
        (live) => gone || setFound({ rooms: live, error: null }),
        (error) => gone || setFound((before) => ({ rooms: before.rooms, error })),
      );
    };
    ask();
    const timer = setInterval(ask, EVERY_MS);
    document.addEventListener('visibilitychange', ask);
    return () => {
      gone = true;
      clearInterval(timer);
      document.removeEventListener('visibilitychange', ask);
    };
  }, []);
  return found;
}

/** @param {{card: LiveRoom, order: number}} properties */
function LiveCard({ card, order }) {
  const { room, title, host, viewers, in_battle: battle, state } = card;
  const standing = useStanding(order < MOST_RATED ? host.user : undefined);
  return html`<li style=${{ '--order': String(Math.min(order, 12)) }}>
    <a class=${`live-card ${battle ? 'battling' : ''}`} href=${`/rooms/${room}`} data-testid=${`room-${room}`} data-battle=${battle} style=${{ '--hue': String(hueOf(host.user)) }}>
      <span class="poster" aria-hidden="true"><${Avatar} name=${host.name} id=${host.user} />${battle && html`<em class="pk"><i>P</i><i>K</i></em>`}</span>
      <span class="live-dot">${t(state === 'reconnecting' ? 'lobby.backSoon' : 'live')}</span>
      ${battle && html`<span class="battle-badge" data-testid="battle-badge">${t('lobby.battle')}</span>`}
      <${Fame} rating=${standing?.rating} streak=${standing?.streak} />
      <span class="card-foot">
        <b class="card-title">${title}</b>
        <span class="card-host">${host.name}</span>
        <span class="card-viewers"><${EyeIcon} />${number(viewers)}</span>
      </span>
    </a>
  </li>`;
}

function Empty() {
  return html`<section class="empty" data-testid="lobby-empty">
    <div class="empty-ring" aria-hidden="true"><i></i><i></i></div>
    <h2>${t('lobby.empty')}</h2>
    <p>${t('lobby.emptyHint')}</p>
    <a class="button" href="/studio" data-testid="lobby-go-live">${t('lobby.goLive')}</a>
    <code>make demo</code>
  </section>`;
}

export function LobbyPage() {
  const { rooms: live, error } = useLiveRooms();
  useEffect(() => {
    if (live !== null && live.length > 0) prepareToWatch(whep(live[0].room));
  }, [live]);
  return html`<div class="page">
    <${TopBar} />
    <main class="lobby">
      <section class="hero">
        <h1><span>${t('lobby.titleRed')}</span> <span>${t('lobby.titleBlue')}</span></h1>
        <p>${t('lobby.subtitle')}</p>
      </section>
      <h2 class="list-title"><span class="live-dot">${t('live')}</span>${t('lobby.live')}${live && html`<small data-testid="live-rooms">${number(live.length)}</small>`}</h2>
      ${error !== null && html`<p class="notice bad" role="alert">${tError(error)}</p>`}
      ${live === null && error === null && html`<ul class="cards" aria-busy="true">${[0, 1, 2, 3].map((each) => html`<li key=${each}><span class="live-card waiting"></span></li>`)}</ul>`}
      ${live?.length === 0 && html`<${Empty} />`}
      ${live && live.length > 0 && html`<ul class="cards">${live.map((card, order) => html`<${LiveCard} key=${card.room} card=${card} order=${order} />`)}</ul>`}
    </main>
  </div>`;
}
