// @ts-check
/** For those who keep a room, on its page: whom they have muted; a moderator may also go. */
import { me } from '../account.js';
import { chat } from '../api/chat.js';
import { html, useEffect, useRef } from '../html.js';
import { t } from '../i18n.js';
import { CloseIcon } from '../parts/icons.js';
import { Twice } from '../parts/twice.js';
import { Mutes } from './mutes.js';
import { ownRank } from './own_rank.js';

/** @typedef {import('../room_session.js').RoomSession} RoomSession */

/** @param {{session: RoomSession, close: () => void}} properties */
export function Keeping({ session, close }) {
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const rank = ownRank(session);
  const shut = () => dialog.current?.close();
  useEffect(() => dialog.current?.showModal(), []);
  useEffect(() => {
    if (rank === 'viewer') shut();
  }, [rank]);
  /** @param {MouseEvent} event */
  const beside = (event) => {
    if (event.target === dialog.current) shut();
  };
  return html`<dialog ref=${dialog} class="keeping" data-testid="keeping" aria-labelledby="keeping-title" onClose=${close} onClick=${beside}>
    <div class="keeping-card">
      <header><h2 id="keeping-title" class="grow">${t('mutes.title')}</h2><button type="button" class="round plain" aria-label=${t('close')} data-testid="close-keeping" onClick=${shut}><${CloseIcon} /></button></header>
      <${Mutes} session=${session} />
      ${rank === 'moderator' && html`<${Twice} words=${t('mutes.resign')} sure=${t('mutes.resignSure')} testid="resign" class="small ghost" act=${() => chat.name(session.room, me.value?.user ?? '', false)} />`}
    </div>
  </dialog>`;
}
