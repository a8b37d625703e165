// @ts-check
/** Everybody on the stage as a host sees them: himself, and the others by their own cameras. */
import { me } from '../account.js';
import { whepCamera } from '../api/addresses.js';
import { battles } from '../api/battles.js';
import { movesOf } from '../battle/moves.js';
import { facing, others } from '../battle/standing.js';
import { useElsewhere } from '../guest/elsewhere.js';
import { peersOf } from '../guest/seats.js';
import { html, useEffect, useRef } from '../html.js';
import { t } from '../i18n.js';
import { dressOf, Stamp } from '../parts/battle_stage.js';
import { CameraIcon, MutedIcon, SoundIcon } from '../parts/icons.js';
import { Marks } from '../parts/marks.js';
import { PeerTile } from '../parts/peer_tile.js';
import { PeerVideo } from '../parts/peer_video.js';
import { useServerNow } from '../parts/ticking.js';
import { told } from '../parts/told.js';

/** @typedef {import('../client/feed/messages.js').Battle} Battle */
/** @typedef {import('../client/feed/messages.js').Member} Member */
/** @typedef {import('../client/feed/messages.js').Side} Side */
/** @typedef {import('./desk.js').Desk} Desk */

/** Our own camera. @param {{desk: Desk, order: number, class?: string, children?: any}} properties */
function OwnTile({ desk, order, class: extra = '', children }) {
  const video = useRef(/** @type {HTMLVideoElement | null} */ (null));
  const stream = desk.stream.value;
  const mirrored = desk.devices.wish.value.mirror;
  const problem = desk.deviceError.value;
  useEffect(() => {
    if (video.current) video.current.srcObject = stream;
  }, [stream]);
  return html`<div class=${`tile tile-own ${extra}`} style=${{ order: String(order) }}>
    <video id="preview" class=${mirrored ? '' : 'unmirrored'} ref=${video} data-testid="preview" muted playsinline autoplay aria-label=${t('studio.preview')}></video>
    <span class="tile-name">${t('studio.you')}</span>
    ${children}
    ${stream === null &&
    html`<div class="curtain soft">
      <${CameraIcon} />
      ${problem ? html`<p role="alert" data-testid="device-error">${t(`device.${problem}`)}</p>` : html`<p>${t('studio.cameraOff')}</p>`}
      <button class="button small ghost" data-testid="camera-on" onClick=${() => desk.open()}>${t('studio.cameraOn')}</button>
    </div>`}
  </div>`;
}

/** What the room sees of our screen: all of it. @param {{stream: MediaStream, order: number}} properties */
function ScreenTile({ stream, order }) {
  const video = useRef(/** @type {HTMLVideoElement | null} */ (null));
  useEffect(() => {
    if (video.current) video.current.srcObject = stream;
  }, [stream]);
  return html`<div class="tile tile-screen" data-testid="own-screen" style=${{ order: String(order) }}>
    <video ref=${video} muted playsinline autoplay aria-label=${t('studio.ownScreen')}></video>
    <span class="tile-name">${t('studio.ownScreen')}</span>
  </div>`;
}

/** Whether we and our room hear an opponent. @param {{battle: Battle, member: Member, muted: boolean}} properties */
function MuteButton({ battle, member, muted }) {
  const name = member.host.name;
  return html`<button class=${`round tile-mute ${muted ? 'off' : ''}`} data-testid=${`mute-${member.host.user}`} aria-pressed=${muted}
    aria-label=${t('studio.muteHost', { name })} title=${t(muted ? 'studio.unmuteHost' : 'studio.muteHost', { name })}
    onClick=${() => told(battles.mute(battle.battle, member.host.user, !muted))}>${muted ? html`<${MutedIcon} />` : html`<${SoundIcon} />`}</button>`;
}

/** @param {{battle: Battle, side: Side, member: Member, mate: boolean, room: string, order: number, now: number, class: string}} properties */
function HostTile({ battle, side, member, mate, room, order, now, class: extra }) {
  const { myself } = facing(battle, room);
  const muted = myself?.muted.includes(member.host.user) ?? false;
  const name = member.host.name;
  return html`<div class=${`tile half ${dressOf(battle, side)} ${extra}`} data-testid="opponent-tile" data-user=${member.host.user} style=${{ order: String(order) }}>
    <${PeerVideo} endpoint=${whepCamera(member.room)} label=${t('studio.opponent', { name })} muted=${muted} testid="opponent" user=${member.host.user} />
    <${Stamp} battle=${battle} side=${side} />
    <div class="marks"><${Marks} battle=${battle} member=${member} room=${room} now=${now} /></div>
    <span class="tile-name">${name}${mate && html` <small>${t('studio.mate')}</small>`}</span>
    ${!mate && movesOf(battle, room).mute && html`<${MuteButton} battle=${battle} member=${member} muted=${muted} />`}
  </div>`;
}

/**
 * How many tiles stand in a row: hosts are in the middle of their pictures, which may be cut.
 * @param {number} people
 */
function columnsFor(people) {
  return people < 2 ? 1 : people < 5 ? 2 : people < 10 ? 3 : 4;
}

/**
 * @param {object} properties
 * @param {Desk} properties.desk
 * @param {import('../room_session.js').RoomSession} properties.session
 * @param {any} [properties.children] what is laid over the tiles
 */
export function Tiles({ desk, session, children }) {
  const battle = session.battle.value;
  const room = session.room;
  const now = useServerNow(session.clock, battle !== null);
  const { own, myself } = battle === null ? { own: null, myself: null } : facing(battle, room);
  const everybody = battle === null ? [] : battle.sides.flatMap((side) => side.members);
  const orderOf = (/** @type {Member} */ member) => everybody.findIndex((each) => each.room === member.room);
  const dressed = battle !== null && own !== null && myself !== null;
  const self = { user: me.value?.user ?? '', name: me.value?.name ?? '' };
  const elsewhere = useElsewhere(battle, room, true);
  const { guests: seated, screen: shown } = session.state.value;
  const guests = peersOf({ me: self.user, room, host: self, guests: seated, screen: shown, battle, elsewhere }).filter((peer) => !peer.host);
  const screen = desk.screen.stream.value;
  const people = Math.max(1, everybody.length) + guests.length + (screen === null ? 0 : 1);
  // Of three, the last one has a row of his own.
  const wide = (/** @type {Member} */ member) => (people === 3 && everybody.length === 3 && orderOf(member) === 2 ? 'wide' : '');
  return html`<div class=${`tiles columns-${columnsFor(people)}`} data-people=${people}>
    <${OwnTile} desk=${desk} order=${myself === null ? 0 : orderOf(myself)} class=${dressed ? `half ${dressOf(battle, own)} ${wide(myself)}` : ''}>
      ${dressed && html`<${Stamp} battle=${battle} side=${own} /><div class="marks"><${Marks} battle=${battle} member=${myself} room=${room} now=${now} /></div>`}
    </${OwnTile}>
    ${battle &&
    myself &&
    others(battle, room).map(({ side, member, mate }) => html`<${HostTile} key=${member.room} battle=${battle} side=${side} member=${member} mate=${mate} room=${room} order=${orderOf(member)} now=${now} class=${wide(member)} />`)}
    ${screen !== null && html`<${ScreenTile} stream=${screen} order=${people} />`}
    ${guests.map((peer) => html`<${PeerTile} key=${peer.user} peer=${peer} order=${peer.room === room ? people : 2 * people} />`)}
    ${children}
  </div>`;
}
