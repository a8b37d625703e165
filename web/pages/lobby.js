// @ts-check
/** The lobby: who is live now, and who of them the reader looks for. */
import { whep } from '../api/addresses.js';
import { html, useEffect } from '../html.js';
import { number, t } from '../i18n.js';
import { Cards } from '../lobby/cards.js';
import { Filter, lookedFor, onlyFollowed } from '../lobby/filter.js';
import { useLiveRooms } from '../lobby/live_rooms.js';
import { Empty, Loading, Nobody, Told } from '../lobby/states.js';
import { prepareToWatch } from '../client/media/head_start.js';
import { Failed } from '../parts/states.js';
import { TopBar } from '../parts/top_bar.js';
import { followedLost, loadFollowed, relationsKnown } from '../relations.js';

export function LobbyPage() {
  const { rooms: live, error, again } = useLiveRooms(true);
  const found = live === null ? [] : lookedFor(live);
  const waits = live !== null && live.length > 0 && onlyFollowed() && !relationsKnown.value;
  const lost = waits ? followedLost.value : null;
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
      ${live?.length !== 0 &&
      html`<div class="list-head">
        <h2 class="list-title"><span class="live-dot">${t('live')}</span>${t('lobby.live')}${live && html`<small data-testid="live-rooms">${number(live.length)}</small>`}</h2>
        ${live && html`<${Filter} />`}
      </div>`}
      <${Told} live=${waits ? null : live} found=${found} failed=${error !== null || lost !== null} />
      ${error !== null && html`<${Failed} name="lobby" error=${error} again=${again} />`}
      ${lost !== null && html`<${Failed} name="follows" error=${lost} again=${loadFollowed} />`}
      ${(waits ? lost === null : live === null && error === null) && html`<${Loading} />`}
      ${live?.length === 0 && html`<${Empty} />`}
      ${live && live.length > 0 && !waits && (found.length > 0 ? html`<${Cards} rooms=${found} />` : html`<${Nobody} />`)}
    </main>
  </div>`;
}
