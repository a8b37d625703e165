// @ts-check
/** A small tile of somebody on the same stage: his picture or his face, his name, whether he is heard. */
import { whepCamera, whepGuest } from '../api/addresses.js';
import { html } from '../html.js';
import { t } from '../i18n.js';
import { Avatar } from './avatar.js';
import { MutedIcon } from './icons.js';
import { PeerVideo } from './peer_video.js';

/**
 * @param {object} properties
 * @param {import('../guest/seats.js').Peer} properties.peer
 * @param {number} [properties.order]
 */
export function PeerTile({ peer, order = 0 }) {
  const { user, name: who, room, host, picture, muted, screen } = peer;
  const name = screen ? t('guest.screenOf', { name: who }) : who;
  return html`<div class=${`tile tile-peer ${screen ? 'tile-screen' : ''}`} data-testid="peer" data-user=${user} data-muted=${muted} style=${{ order: String(order) }}>
    <${PeerVideo} endpoint=${host ? whepCamera(room) : whepGuest(room, user)} label=${t('studio.opponent', { name })} muted=${muted} testid="peer-video" user=${user} />
    ${!picture && html`<span class="voice-only"><${Avatar} name=${name} id=${user} /></span>`}
    <span class="tile-name">${name}${muted && html` <${MutedIcon} /><span class="sr-only">${t('guest.isMuted')}</span>`}</span>
  </div>`;
}
