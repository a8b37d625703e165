// @ts-check
/** What a host does with his broadcast and his battle, button by button. */
import { battles } from '../api/battles.js';
import { movesOf } from '../battle/moves.js';
import { html } from '../html.js';
import { t } from '../i18n.js';
import { CameraIcon, CheckIcon, FlagIcon, MicIcon, PlayIcon, ScreenIcon, StopIcon } from '../parts/icons.js';
import { told } from '../parts/told.js';
import { Twice } from '../parts/twice.js';
import { canShare } from './screen.js';

/** @typedef {import('../client/feed/messages.js').Battle} Battle */

/** @param {{battle: Battle, room: string}} properties */
function BattleControls({ battle, room }) {
  const moves = movesOf(battle, room);
  const { battle: id } = battle;
  return html`
    ${moves.ready &&
    html`<button class=${`button ${moves.saidReady ? 'ghost' : 'sure'}`} data-testid="ready" aria-pressed=${moves.saidReady} disabled=${moves.saidReady} onClick=${() => told(battles.command(id, 'ready'))}>
      <${CheckIcon} />${t(moves.saidReady ? 'studio.saidReady' : 'studio.ready')}</button>`}
    ${moves.surrender && html`<${Twice} words=${t('studio.surrender')} sure=${t('studio.surrenderSure')} testid="surrender" icon=${FlagIcon} class="ghost" act=${() => battles.command(id, 'surrender')} />`}
    ${moves.fallen !== null && html`<span class="notice" role="status" data-testid="fallen">${t('studio.fallen')}</span>`}
    ${moves.rematch &&
    html`<button class=${`button ${moves.wished ? 'ghost' : 'fight'}`} data-testid="rematch" aria-pressed=${moves.wished} onClick=${() => told(battles.command(id, moves.wished ? 'cancel' : 'rematch'))}>
      ${t(moves.wished ? 'studio.noRematch' : 'studio.rematch')}${moves.wishes > 0 && html` <small data-testid="rematch-wishes">${moves.wishes}/${moves.hosts}</small>`}</button>`}
    ${moves.end && html`<button class="button ghost" data-testid="end-battle" onClick=${() => told(battles.command(id, 'end'))}>${t('studio.endBattle')}</button>`}
  `;
}

/** @param {{desk: import('./desk.js').Desk, live: boolean}} properties */
function ShareScreen({ desk, live }) {
  const shared = desk.screen.stream.value !== null;
  const words = shared ? 'studio.stopScreen' : live ? 'studio.shareScreen' : 'studio.shareScreenLive';
  return html`<button class=${`round ${shared ? 'off' : ''}`} data-testid="share-screen" aria-pressed=${shared} aria-label=${t(live || shared ? 'studio.shareScreen' : words)} title=${t(words)} disabled=${!live && !shared}
    onClick=${() => (shared ? desk.screen.stop() : told(desk.screen.share()))}><${ScreenIcon} /></button>`;
}

/** @param {{desk: import('./desk.js').Desk, session: import('../room_session.js').RoomSession}} properties */
export function Controls({ desk, session }) {
  const broadcast = session.state.value.broadcast;
  const battle = session.battle.value;
  const waiting = broadcast !== null && !desk.onAir && session.closedBecause.value === 0;
  return html`<div class="controls">
    <button class=${`round ${desk.microphone.value ? '' : 'off'}`} data-testid="toggle-microphone" aria-pressed=${!desk.microphone.value} aria-label=${t('studio.microphone')} onClick=${() => desk.toggle('audio')}><${MicIcon} /></button>
    <button class=${`round ${desk.camera.value ? '' : 'off'}`} data-testid="toggle-camera" aria-pressed=${!desk.camera.value} aria-label=${t('studio.camera')} onClick=${() => desk.toggle('video')}><${CameraIcon} /></button>
    ${canShare() && html`<${ShareScreen} desk=${desk} live=${broadcast?.state === 'live'} />`}
    ${!desk.onAir &&
    html`<button class="button fight" data-testid="go-live" onClick=${() => desk.goLive()}><${PlayIcon} />${t(waiting ? 'studio.resume' : 'studio.goLive')}</button>`}
    ${battle && html`<${BattleControls} battle=${battle} room=${session.room} />`}
    ${(desk.onAir || waiting) && html`<${Twice} words=${t('studio.end')} sure=${t('studio.endSure')} testid="end-broadcast" icon=${StopIcon} class="ghost" act=${() => desk.end()} />`}
  </div>`;
}
