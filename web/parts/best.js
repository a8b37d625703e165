// @ts-check
/** Who gave most for a side of a battle, now and when it is over. */
import { askAt } from '../contributions.js';
import { battles } from '../api/battles.js';
import { sideName } from '../battle/standing.js';
import { html, useEffect, useState } from '../html.js';
import { number, t } from '../i18n.js';
import { Avatar } from './avatar.js';

/** @typedef {import('../client/feed/messages.js').Contributor} Contributor */
/** @typedef {import('../client/feed/messages.js').Side} Side */
/** @typedef {import('../room_session.js').RoomSession} RoomSession */

const EVERY_MS = 4_000;

/** The best of one side, as many as there is room for. @param {{side: Side, contributors: readonly Contributor[]}} properties */
export function Best({ side, contributors }) {
  const best = contributors.filter((each) => each.side === side.side);
  if (best.length === 0) return null;
  return html`<ol class=${`best in-${side.side}`} data-testid=${`best-${side.side}`} aria-label=${t('battle.best', { name: sideName(side) })}>
    ${best.map((each) => html`<li key=${each.user} title=${`${each.name} ${number(each.score)}`}><${Avatar} name=${each.name} id=${each.user} /><span class="sr-only">${each.name}</span><b>${number(each.score)}</b></li>`)}
  </ol>`;
}

/**
 * The best of a fight that goes on: asked for at its beginning and a while after gifts, seldom where many watch.
 * @param {RoomSession | null} session @param {string} battle @param {boolean} fights
 */
export function useBest(session, battle, fights) {
  const [best, setBest] = useState(/** @type {readonly Contributor[]} */ ([]));
  useEffect(() => {
    setBest([]);
    if (session === null || !fights) return undefined;
    let gone = false;
    let asked = 0;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    const ask = () => {
      timer = undefined;
      asked = performance.now();
      battles
        .contributors(battle)
        .then((found) => gone || setBest(found))
        .catch((error) => console.debug('who gave most in the fight is not known', error));
    };
    ask();
    const stop = session.listen((message) => {
      if (message.t !== 'gift.sent' || message.d.battle !== battle || document.hidden) return;
      const now = performance.now();
      timer ??= setTimeout(ask, askAt(now, asked, session.state.value.viewers, Math.random(), EVERY_MS) - now);
    });
    return () => {
      gone = true;
      stop();
      clearTimeout(timer);
    };
  }, [session, battle, fights]);
  return best;
}
