// @ts-check
/** What the host is told of the screen that he shares. */
import { html } from '../html.js';
import { t } from '../i18n.js';

/** @param {{desk: import('./desk.js').Desk, session: import('../room_session.js').RoomSession}} properties */
export function ScreenState({ desk, session }) {
  const { screen, mixed } = session.state.value;
  if (desk.screen.stream.value === null) return null;
  const seen = screen && mixed;
  return html`<p class="notice" role="status" data-testid="screen-state" data-seen=${seen}>
    ${!seen && mixed && html`<span class="ring-wait"></span>`}${t(seen ? 'studio.screenSeen' : mixed ? 'studio.screenOnItsWay' : 'guest.unmixed')}
  </p>`;
}
